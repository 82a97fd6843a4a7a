using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>One grid by either engine.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Both_engines_train_the_same_runs_to_the_same_losses_and_results_say_which_did()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "engines", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": ["micro-28k"], "lengths": [{ "tokens": 8000 }],
              "recipe": { "precision": ["fp32", "bf16"], "mlp": "swiglu" } }
            """);
        var (fused, torchsharp) = (await TrainAsync("fused"), await TrainAsync("torchsharp"));

        Assert.Equal(fused.Select(r => r.RunId), torchsharp.Select(r => r.RunId)); // no part of a run's name
        foreach (var (one, other) in fused.Zip(torchsharp))
        {
            var apart = Math.Abs((one.LossValidation!.Value / other.LossValidation!.Value) - 1);
            Assert.InRange(apart, 0, one.Precision == Precision.Fp32 ? 1e-5 : 0.01);
        }
    }

    [Fact]
    public async Task An_engine_that_there_is_not_is_refused_and_plan_and_doctor_say_which_there_are()
    {
        Assert.Contains("'tpu'", (await _lab.RunAsync("run", "grid.json", "--engine", "tpu")).Error,
            StringComparison.Ordinal);
        var doctor = await _lab.RunAsync("doctor");
        Assert.Matches("ok +fused +libtorch .*; taken unless --engine names another", doctor.Out);
        Assert.Matches("ok +torchsharp +TorchSharp 0", doctor.Out);
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "plan", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": ["micro-28k"], "lengths": [{ "tokens": 2000 }] }
            """);
        Assert.Contains("Engine: torchsharp; --engine fused is here too.",
            (await _lab.RunAsync("plan", "grid.json", "--engine", "torchsharp")).Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_processor_that_was_timed_is_planned_for_and_one_that_was_not_is_told_how()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "plan", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": [{ "layers": 3, "width": 24, "heads": 2 }], "lengths": [{ "tokens": 200000 }] }
            """);
        string[] plan = ["plan", "grid.json", "--device", "cpu", "--slots", "1", "--engine", "torchsharp"];
        Assert.Contains("bench model --measure' has timed this processor",
            (await _lab.RunAsync(plan)).Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var wrong = await _lab.RunAsync("bench", "model", "--threads", "1", "--shapes", "2");
        Assert.Equal(2, wrong.ExitCode);
        foreach (var problem in (string[])["FILE: is missing", "--measure: is missing", "--shapes: is 2"])
            Assert.Contains(problem, wrong.Error, StringComparison.Ordinal);

        var timed = await _lab.RunAsync("bench", "model", "--measure", "--threads", "1", "--slots", "1",
            "--precision", "fp32", "--shapes", "6", "--engine", "torchsharp");
        Assert.True(timed.ExitCode == 0, timed.ToString());
        Assert.Contains("torchsharp (TorchSharp", timed.Out, StringComparison.Ordinal);
        var planned = (await _lab.RunAsync([.. plan, "--json"])).Out;
        using var read = System.Text.Json.JsonDocument.Parse(planned);
        var run = read.RootElement.GetProperty("forecasts")[0];
        Assert.Equal("model", run.GetProperty("basis").GetString());
        Assert.True(run.GetProperty("secondsLow").GetDouble() < run.GetProperty("secondsHigh").GetDouble());
        var fused = await _lab.RunAsync([.. plan[..^1], "fused"]);
        Assert.Contains("bench model --measure --threads 1 --slots 1'", fused.Out.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<RunRow>> TrainAsync(string engine)
    {
        _lab.Environment["SCALINGLAB_HOME"] = _lab.At(engine);
        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.At($"results-{engine}"), "--engine", engine);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains($", engine {engine} (", answer.Out, StringComparison.Ordinal);
        var rows = RunsCsv.Read(_lab.At($"results-{engine}/runs.csv"));
        Assert.All(rows, row => Assert.Equal(engine, row.Engine));
        Assert.Contains($"engine {engine}", await File.ReadAllTextAsync(_lab.At($"results-{engine}/report.md")),
            StringComparison.Ordinal);
        return rows;
    }
}
