using System.Globalization;
using System.Text.RegularExpressions;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A finished run's model teaches the runs of another sweep, or they begin with it.</summary>
public sealed class DistillationSweepTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Runs_learn_from_an_exported_model_though_its_folder_goes_and_their_flops_count_it()
    {
        _lab.WriteText();
        Write("teacher", width: 32, tokens: 16384, recipe: "", more: "");
        Assert.Equal(0, (await _lab.RunAsync("run", "grid.json", "--out", _lab.At("first"))).ExitCode);
        Assert.Equal(0, (await _lab.RunAsync("model", "export", "teacher", "large")).ExitCode);

        Assert.True(await TunedFlopsAsync(0.5) > 1.5 * await TunedFlopsAsync(0), "a tune's runs are taught too");

        Write("taught", width: 16, tokens: 8192, """, "distillWeight": [0, 0.5]""", """, "distillFrom": "large" """);
        Assert.Equal(0, (await _lab.RunAsync("queue", "grid.json", "--out", _lab.Out)).ExitCode);
        Directory.Delete(_lab.At("large"), recursive: true);
        var node = await _lab.RunAsync("node", "--until-idle");
        Assert.True(node.ExitCode == 0, node.ToString());

        var rows = RunsCsv.Read(Path.Combine(_lab.Out, "runs.csv"));
        Assert.All(rows, row => Assert.Equal(RunState.Completed, row.State));
        var (plain, taught) = (rows[0], rows[1]);
        Assert.Equal(plain.Tokens, taught.Tokens);
        Assert.True(taught.Flops > 1.5 * plain.Flops, "the teacher's forward pass counts");
        Assert.NotEqual(plain.LossValidation, taught.LossValidation);
        var report = await File.ReadAllTextAsync(Path.Combine(_lab.Out, "report.md"));
        Assert.Contains("`distill_weight`", report, StringComparison.Ordinal);

        Assert.Equal(0, (await _lab.RunAsync("model", "export", "teacher", "large")).ExitCode);
        Write("begun", width: 32, tokens: 512, """, "warmStart": [false, true]""", """, "startFrom": "large" """);
        var begun = await _lab.RunAsync("run", "grid.json", "--out", _lab.At("begun"));
        Assert.True(begun.ExitCode == 0, begun.ToString());
        rows = RunsCsv.Read(Path.Combine(_lab.At("begun"), "runs.csv"));
        Assert.Equal(["false", "true"], rows.Select(row => Assert.Single(row.Varies).Value));
        Assert.InRange(rows[1].LossValidation!.Value, 0, rows[0].LossValidation!.Value - 0.5);
    }

    [Fact]
    public async Task What_cannot_teach_is_refused_before_anything_is_queued()
    {
        _lab.WriteText();
        _lab.Write("other/config.json", """{ "model_type": "bert" }""");
        Write("taught", width: 16, tokens: 8192, """, "distillWeight": 0.5""", """, "distillFrom": "other" """);
        var refused = await _lab.RunAsync("queue", "grid.json");
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("distillFrom: ", Assert.Single(refused.Problems), StringComparison.Ordinal);
        Assert.Contains("model_type is bert", refused.Problems[0], StringComparison.Ordinal);
    }

    /// <summary>FLOPs of what a tune would train first.</summary>
    private async Task<double> TunedFlopsAsync(double weight)
    {
        _lab.Write("tuned.json", $$"""
            { "name": "tuned", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": [{ "layers": 1, "width": 16, "heads": 2 }, { "layers": 1, "width": 20, "heads": 2 }],
              "context": 32, "lengths": [{ "tokens": 4096 }, { "tokens": 8192 }], "recipe": { "distillWeight": {{
                  weight.ToString(CultureInfo.InvariantCulture)}} }{{(weight > 0 ? """, "distillFrom": "large" """ : "")}} }
            """);
        var told = await _lab.RunAsync("tune", "tuned.json", "--dry-run");
        Assert.True(told.ExitCode == 0, told.ToString());
        return double.Parse(Regex.Match(told.Out, "([0-9.e]+) FLOPs").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private void Write(string name, int width, int tokens, string recipe, string more) => _lab.Write("grid.json", $$"""
        { "name": "{{name}}", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
          "models": [{ "layers": 1, "width": {{width}}, "heads": 2 }], "context": 32, "lengths": [{ "tokens": {{tokens}} }],
          "recipe": { "mlp": "swiglu", "evaluationTokens": 1024, "batchTokens": 256{{recipe}} }{{more}},
          "worker": { "evaluations": 2, "curvePoints": 10 } }
        """);
}
