using System.Globalization;
using System.Text.Json.Nodes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A run's model written for other programs, and asked again from its folder alone.</summary>
public sealed class ModelExchangeTests : Sweeping
{
    private static readonly string[] Llama = ["recipe.mlp=swiglu", "recipe.qkNorm=false"];

    [Fact]
    public async Task A_folder_answers_as_the_run_did_that_it_was_written_from()
    {
        Write("llama", 3000);
        Assert.Equal(0, (await RunAsync(Llama)).ExitCode);
        var run = Rows()[0].RunId;
        var written = await Lab.RunAsync("model", "export", run, "model");
        Assert.True(written.ExitCode == 0, written.ToString());
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(Lab.At("model")).Select(file => Path.GetFileName(file)).Order());

        // Neither ledger nor prepared text are asked for a folder.
        Directory.Move(Lab.At("model"), Lab.At("elsewhere"));
        foreach (var question in (string[][])[
            ["sample", "{}", "--prompt", "the model", "--tokens", "30"],
            ["model", "logits", "{}", "--text", "learns"],
        ])
        {
            var (of, from) = (await AskAsync(question, run), await AskAsync(question, Lab.At("elsewhere")));
            Assert.True(of.ExitCode == 0, of.ToString());
            Assert.Equal(of.ToString(), from.ToString());
        }

        string[] losses = ["eval", "{}", "text/1.txt", "--json", "-"];
        Assert.Equal(TextsOf(await AskAsync(losses, run)), TextsOf(await AskAsync(losses, Lab.At("elsewhere"))));

        var inspected = await Lab.RunAsync("model", "inspect", "elsewhere");
        Assert.Contains(": Llama, ", inspected.Out, StringComparison.Ordinal);
        Assert.Contains("Tokenizer: bytes, 257 tokens; a text begins after token 256 and ends with 256",
            inspected.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_written_or_read_is_refused_with_every_reason_and_leaves_nothing()
    {
        Write("capped", 3000);
        Assert.Equal(0, (await RunAsync("recipe.logitSoftCap=30", "recipe.normPlacement=post")).ExitCode);
        var refused = await Lab.RunAsync("model", "export", "capped", "model");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(["recipe.normPlacement", "recipe.logitSoftCap"],
            refused.Problems.Select(problem => problem[..problem.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Empty(Directory.GetDirectories(Lab.Folder, "model*"));

        Lab.Write("other/config.json", """{ "model_type": "llama", "hidden_act": "relu" }""");
        var unread = await Lab.RunAsync("sample", "other");
        Assert.Equal(2, unread.ExitCode);
        Assert.InRange(unread.Problems.Count, 6, 10);
        Assert.All(unread.Problems, problem => Assert.StartsWith("RUN: ", problem, StringComparison.Ordinal));
        Assert.Equal(unread.Problems.Count.ToString(CultureInfo.InvariantCulture),
            unread.Error.Split(' ')[1]);
        var full = await Lab.RunAsync("model", "export", "capped", "other");
        Assert.Equal(2, full.ExitCode);
    }

    private static string TextsOf(LabAnswer answer)
    {
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return JsonNode.Parse(answer.Out)!["texts"]!.ToJsonString();
    }

    private Task<LabAnswer> AskAsync(string[] question, string model) =>
        Lab.RunAsync([.. question.Select(word => word == "{}" ? model : word)]);
}
