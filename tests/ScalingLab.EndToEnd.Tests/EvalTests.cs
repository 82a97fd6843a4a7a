using System.Text.Json;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>What a trained model can do, asked by the real <c>lab</c> of the real worker.</summary>
public sealed class EvalTests : Sweeping
{
    [Fact]
    public async Task A_model_is_asked_for_losses_tasks_held_out_texts_and_topics_at_once()
    {
        Write("asked", tokens: 60_000);
        var trained = await RunAsync();
        Assert.True(trained.ExitCode == 0, trained.ToString());
        // what is like the training text against the same letters in disorder
        Lab.Write("own.jsonl", """
            {"query": "the model learns a power law of", "choices": ["loss over tokens", "sols vero sntoek"], "gold": 0}
            {"query": "grows slowly when compute", "choices": ["si lasml", "is small"], "gold": 1}
            {"query": "loss over", "choices": ["tokens", "snekot"], "gold": 0}
            """);
        File.WriteAllBytes(Lab.At("odd.txt"), [.. "the model learns a power law"u8, 0xE9, .. " of loss"u8]);
        Lab.Write("lambada.jsonl", "{\"text\": \"over tokens and width\"}\n{\"text\": \"a b qz#\"}\n");
        Lab.Write("squad.jsonl",
            "{\"context\": \"It is 7.\", \"question\": \"What?\", \"answers\": {\"text\": [\"7\"]}}\n");
        string Table(int seed) => "category,text\n" + string.Concat(Enumerable.Range(0, 40).Select(i => i % 2 == 0
            ? $"words,the model learns {(i * seed) % 7} and tokens\n" : $"digits,{i * seed * 7919} {i + seed} 31 17 {i}\n"));
        Lab.Write("train.csv", Table(1));
        Lab.Write("test.csv", Table(3));
        string[] asked =
        [
            "eval", "asked", "text/0.txt", "odd.txt", "--task", "own.jsonl", "--task", "lambada.jsonl", "--task",
            "squad.jsonl", "--generate", "3", "--prompt-tokens", "24", "--tokens", "8",
            "--classify", "train.csv", "--classify-test", "test.csv", "--text", "text", "--fine-tune", "--json",
        ];
        var answer = await Lab.RunAsync([.. asked, "out.json"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("data: 1 byte sequence of odd.txt was not UTF-8 and was replaced by U+FFFD", answer.Error,
            StringComparison.Ordinal);
        Assert.Contains("| own.jsonl", answer.Out, StringComparison.Ordinal);
        var json = await File.ReadAllTextAsync(Lab.At("out.json"));
        var all = JsonDocument.Parse(json).RootElement;
        Assert.True(all.GetProperty("texts")[0].GetProperty("bitsPerByte").GetDouble() < 6);
        Assert.Equal(1, Metric(all, "own.jsonl", "acc"));
        Assert.True(Metric(all, "lambada.jsonl", "perplexity") > 1);
        Assert.InRange(Metric(all, "held-out text", "chrf"), 1, 100);
        Assert.Equal(3, Task(all, "held-out text").GetProperty("scores").GetArrayLength());
        Assert.Equal(0.5, Metric(all, "majority class", "acc"));
        Assert.Equal(1, Metric(all, "bag of words", "acc"));
        Assert.True(Metric(all, "probe of the mean state", "acc") > 0.9);
        Assert.InRange(Metric(all, "prompt", "acc"), 0, 1);
        // the header is the first line of the file
        Assert.Equal(2, Task(all, "prompt").GetProperty("scores")[0].GetProperty("line").GetInt32());
        Assert.True(Metric(all, "fine-tuning", "acc") > 0.9);

        // the same again, printed: all but the topics
        var again = JsonDocument.Parse((await Lab.RunAsync([.. asked[..^8], "--json", "-"])).Out).RootElement;
        Assert.Equal(all.GetProperty("texts").ToString(), again.GetProperty("texts").ToString());
        Assert.Equal(["own.jsonl", "lambada.jsonl", "squad.jsonl", "held-out text"], Names(again));
        Assert.All(Names(again), name => Assert.Equal(Task(all, name).ToString(), Task(again, name).ToString()));

        var sample = await Lab.RunAsync("sample", "asked", "--prompt", "the model", "--tokens", "5", "--samples", "2");
        Assert.True(sample.ExitCode == 0, sample.ToString());
        Assert.Contains("--- sample 2 of 2\nthe model", sample.Out, StringComparison.Ordinal);
        await RefuseAsync();
        await JudgeAsync([.. Rows().Select(r => r.RunId)]);
    }

    /// <summary>Two texts after one beginning, whose is whose untold; what was answered is not asked again.</summary>
    private async Task JudgeAsync(string[] runs)
    {
        string[] asked = ["judge", runs[0], runs[1], "--pairs", "3", "--prompt-tokens", "24", "--tokens", "8"];
        var first = await AnswerAsync(asked, "1\nx\n=\nq\n");
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("--- 3 of 3: the text begins", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(runs[0], first.Out[..first.Out.IndexOf("A is ", StringComparison.Ordinal)],
            StringComparison.Ordinal);
        var second = await AnswerAsync(asked, "2\n");
        Assert.Contains("--- 1 of 1: the text begins", second.Out, StringComparison.Ordinal);
        Assert.Contains("Neither: once.", second.Out, StringComparison.Ordinal);
        var lines = (await File.ReadAllLinesAsync(Lab.At("judged.jsonl")))
            .Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(3, lines.Count);
        // "1" was the text that stood first, "2" the other
        string Field(int line, string name) => lines[line].GetProperty(name).GetString()!;
        Assert.Equal(Field(0, "shownFirst"), Field(0, "preferred"));
        Assert.Equal("neither", Field(1, "preferred"));
        Assert.NotEqual(Field(2, "shownFirst"), Field(2, "preferred"));
        var wins = new[] { 0, 2 }.Count(i => Field(i, "preferred") == "b");
        Assert.Contains($"B wins {50 * wins:F1} %", second.Out, StringComparison.Ordinal);

        Lab.Write("bad.jsonl", "{}\n\nnone\n");
        var refused = await AnswerAsync([.. asked, "--answers", "bad.jsonl"], "");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(2, refused.Problems.Count);
        Assert.StartsWith("bad.jsonl:3: is no answer of 'lab judge'", refused.Problems[1], StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", refused.Problems[1], StringComparison.Ordinal);

        var nobody = await AnswerAsync(["judge", "nobody", "nowhere", "--answers", "bad.jsonl"], "");
        Assert.Equal(["bad.jsonl:1: i", "bad.jsonl:3: i", "RUN_A: 'nobody", "RUN_B: 'nowher"],
            nobody.Problems.Select(problem => problem[..14]));
    }

    private async Task<LabAnswer> AnswerAsync(string[] asked, string typed)
    {
        var call = Lab.Call(asked);
        call.RedirectStandardInput = true;
        using var process = System.Diagnostics.Process.Start(call)!;
        var (said, complained) =
            (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(typed);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new LabAnswer(process.ExitCode, await said, await complained);
    }

    private async Task RefuseAsync()
    {
        async Task Refused(string problem, params string[] more)
        {
            var answer = await Lab.RunAsync(["eval", "asked", .. more]);
            Assert.Equal(2, answer.ExitCode);
            Assert.Contains(answer.Problems, p => p.StartsWith(problem, StringComparison.Ordinal));
        }

        async Task RefusedAlone(string problem, params string[] more) => Assert.StartsWith(problem,
            Assert.Single((await Lab.RunAsync(["eval", "asked", .. more])).Problems), StringComparison.Ordinal);

        await Refused("FILE: nothing is asked: give texts, --task FILE, --generate N or --classify FILE");
        await Refused("--json: is 'text/0.txt'", "text/0.txt", "--json", "text/0.txt");
        await RefusedAlone("--limit: changes nothing of what is asked; it belongs to --task", "text/0.txt", "--limit",
            "3");
        await RefusedAlone("--label: changes nothing of what is asked; it belongs to --classify", "text/0.txt",
            "--label", "topic");
        await RefusedAlone("--temperature: changes nothing", "--task", "own.jsonl", "--temperature", "0.5");
        await RefusedAlone("--stride: changes nothing", "--task", "own.jsonl", "--stride", "4");
        await Refused("--classify-test: is not given", "--classify", "train.csv");
        await Refused("--fine-tune: changes nothing of what is asked; it belongs to --classify", "text/0.txt", "--fine-tune");
        await Refused("train.csv: has no column 'topic' (columns: category, text)", "--classify", "train.csv",
            "--classify-test", "test.csv", "--text", "text", "--label", "topic");
        await RefusedAlone("--text: names no column", "--classify", "train.csv", "--classify-test", "test.csv",
            "--text", ",");
        await RefusedAlone("own.jsonl line 1: ", "--classify", "own.jsonl", "--classify-test", "test.csv", "--text",
            "text");
        await Refused("--prompt-tokens: 1000 tokens and 32 more (--tokens) do not fit", "--generate", "1",
            "--prompt-tokens", "1000");
        Lab.Write("long.jsonl", $$"""{"query": "q", "choices": ["a", "{{new string('b', 2000)}}"], "gold": 0}""");
        await Refused("long.jsonl:1: continuation 1 has 2001 tokens; the model reads 1 to ", "--task", "long.jsonl");
    }

    private static List<string> Names(JsonElement all) =>
        [.. all.GetProperty("tasks").EnumerateArray().Select(t => t.GetProperty("task").GetString()!)];

    private static JsonElement Task(JsonElement all, string name) =>
        all.GetProperty("tasks").EnumerateArray().First(t => t.GetProperty("task").GetString() == name);

    private static double Metric(JsonElement all, string task, string name) =>
        Task(all, task).GetProperty("metrics").EnumerateArray().First(m => m.GetProperty("name").GetString() == name)
            .GetProperty("value").GetDouble();
}
