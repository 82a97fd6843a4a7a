using System.Text.Json;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Real sweeps: the real worker trains real, very small models on a small text.</summary>
public sealed class SweepTests : Sweeping
{
    [Fact]
    public async Task A_sweep_is_planned_trained_reported_and_not_trained_again()
    {
        Write("small", 5000);
        using var before = JsonDocument.Parse((await Lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.Equal(2, before.RootElement.GetProperty("runs").GetInt32());
        Assert.False(before.RootElement.TryGetProperty("estimatedSeconds", out _));

        var first = await RunAsync();
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("2 of 2 runs to train", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', first.Out);
        var rows = Rows();
        Assert.All(rows, r => Assert.Equal(RunState.Completed, r.State));
        Assert.All(rows, r => Assert.InRange(r.LossValidation!.Value, 0.5, Math.Log(257)));
        Assert.Equal(4992, rows[0].Tokens); // whole sequences: so short a run takes one a step
        Assert.All(new[] { "curves.csv", "attempts.csv", "fit.json", "report.md", "report.html" },
            f => Assert.True(File.Exists(Path.Combine(Lab.Out, f)), f));

        var second = await RunAsync();
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("nothing to train", second.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("started", second.Out, StringComparison.Ordinal);
        Assert.Equal(rows.Select(r => (r.RunId, r.LossValidation)), Rows().Select(r => (r.RunId, r.LossValidation)));

        using var after = JsonDocument.Parse((await Lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.Equal(2, after.RootElement.GetProperty("runsFinished").GetInt32());
        using var status = JsonDocument.Parse((await Lab.RunAsync("status", "--json")).Out);
        Assert.Equal(2,
            status.RootElement.GetProperty("sweeps")[0].GetProperty("states").GetProperty("completed").GetInt32());

        Write("larger", 50_000);
        using var larger = JsonDocument.Parse((await Lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.True(larger.RootElement.GetProperty("estimatedSeconds").GetDouble() > 0);
        Assert.Equal(2, larger.RootElement.GetProperty("estimatedFromRuns").GetInt32());

        var csv = await File.ReadAllTextAsync(Path.Combine(Lab.Out, "runs.csv"));
        File.Delete(Path.Combine(Lab.Out, "report.md"));
        var report = await Lab.RunAsync("report", Lab.Out);
        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Equal(csv, await File.ReadAllTextAsync(Path.Combine(Lab.Out, "runs.csv")));
        Assert.True(File.Exists(Path.Combine(Lab.Out, "report.md")));
        Assert.Contains("rows",
            (await Lab.RunAsync("fit", Path.Combine(Lab.Out, "runs.csv"), "--json", "fitted.json")).Out,
            StringComparison.Ordinal);
        using var fitted = JsonDocument.Parse(await File.ReadAllTextAsync(Lab.At("fitted.json")));
        Assert.Equal("too-few-points", fitted.RootElement.GetProperty("parametric").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Figures_are_drawn_where_no_program_can_be_found()
    {
        Write("bare", 2000);
        Lab.Environment["PATH"] = Lab.Folder;
        var answer = await RunAsync();

        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.All(Rows(), r => Assert.Equal(RunState.Completed, r.State));
        Assert.All(new[]
            { "curves.csv", "fit.json", "report.md", "figures/loss-curves.svg", "figures/loss-curves.pdf" }, f =>
            Assert.True(File.Exists(Path.Combine(Lab.Out, f)), f));
        Assert.Contains("figures       SVG, PDF and PNG can be drawn", (await Lab.RunAsync("doctor")).Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_steps_are_timed_and_the_machine_is_described()
    {
        using var timed = JsonDocument.Parse((await Lab.RunAsync(
            "bench", "--model", "micro-28k", "--vocabulary", "257", "--sequences", "2", "--steps", "2", "--precision",
            "fp32", "--json")).Out);
        Assert.True(timed.RootElement[0].GetProperty("timing").GetProperty("tokensPerSecond").GetDouble() > 0);
        var wrong =
            (await Lab.RunAsync("bench", "--model", "micro", "2x12", "--recipe", "mlp=relu", "norms=layer")).Error;
        foreach (var problem in (string[])[
            "--model: 'micro' is neither LAYERSxWIDTH nor a preset", "--recipe mlp: 'relu' is not known",
            "--recipe: unknown field 'norms' (did you mean 'norm'?)"])
            Assert.Contains(problem, wrong, StringComparison.Ordinal);
        Assert.Contains("libtorch", (await Lab.RunAsync("doctor")).Out, StringComparison.Ordinal);
    }
}
