using System.Text.Json;
using ScalingLab.Reporting;
using ScalingLab.Runs;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Real sweeps: the real worker trains real, very small models on a small text.</summary>
public sealed class SweepTests : IDisposable
{
    private const string Grid = """
        { "name": "NAME", "question": "Does it run?",
          "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
          "models": ["micro-28k", { "layers": 1, "width": 8, "heads": 1 }],
          "lengths": [{ "tokens": TOKENS }],
          "recipe": { "evaluationTokens": 1024 },
          "worker": { "checkpointSeconds": 0.2, "evaluations": 2, "curvePoints": 20 } }
        """;

    private readonly Lab _lab = new();

    public SweepTests() => _lab.WriteText();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_sweep_is_planned_trained_reported_and_not_trained_again()
    {
        Write("small", 5000);
        using var before = JsonDocument.Parse((await _lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.Equal(2, before.RootElement.GetProperty("runs").GetInt32());
        Assert.False(before.RootElement.TryGetProperty("estimatedSeconds", out _));

        var first = await RunAsync();
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("2 of 2 runs to train", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', first.Out);
        var rows = Rows();
        Assert.All(rows, r => Assert.Equal(RunState.Completed, r.State));
        Assert.All(rows, r => Assert.InRange(r.LossValidation!.Value, 0.5, Math.Log(257)));
        Assert.Equal(5120, rows[0].Tokens);
        Assert.All(new[] { "curves.csv", "fit.json", "report.md", "report.html" }, f => Assert.True(File.Exists(Path.Combine(_lab.Out, f)), f));

        var second = await RunAsync();
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("nothing to train", second.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("started", second.Out, StringComparison.Ordinal);
        Assert.Equal(rows.Select(r => (r.RunId, r.LossValidation)), Rows().Select(r => (r.RunId, r.LossValidation)));

        using var after = JsonDocument.Parse((await _lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.Equal(2, after.RootElement.GetProperty("runsFinished").GetInt32());
        using var status = JsonDocument.Parse((await _lab.RunAsync("status", "--json")).Out);
        Assert.Equal(2, status.RootElement.GetProperty("sweeps")[0].GetProperty("states").GetProperty("completed").GetInt32());

        Write("larger", 50_000);
        using var larger = JsonDocument.Parse((await _lab.RunAsync("plan", "grid.json", "--json")).Out);
        Assert.True(larger.RootElement.GetProperty("estimatedSeconds").GetDouble() > 0);
        Assert.Equal(2, larger.RootElement.GetProperty("estimatedFromRuns").GetInt32());

        var csv = await File.ReadAllTextAsync(Path.Combine(_lab.Out, "runs.csv"));
        File.Delete(Path.Combine(_lab.Out, "report.md"));
        var report = await _lab.RunAsync("report", _lab.Out);
        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Equal(csv, await File.ReadAllTextAsync(Path.Combine(_lab.Out, "runs.csv")));
        Assert.True(File.Exists(Path.Combine(_lab.Out, "report.md")));
        Assert.Contains("rows", (await _lab.RunAsync("fit", Path.Combine(_lab.Out, "runs.csv"), "--json", "fitted.json")).Out, StringComparison.Ordinal);
        using var fitted = JsonDocument.Parse(await File.ReadAllTextAsync(_lab.At("fitted.json")));
        Assert.Equal("too-few-points", fitted.RootElement.GetProperty("parametric").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_sweep_of_the_same_name_with_other_content_is_refused_and_updated_only_when_asked()
    {
        Write("same", 2000);
        Assert.Equal(0, (await RunAsync()).ExitCode);
        Write("same", 2000, """ "seeds": [1, 2], """);

        var refused = await RunAsync();
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("name: a sweep 'same' stands in the ledger with other content", Assert.Single(refused.Problems), StringComparison.Ordinal);

        var updated = await RunAsync("--update");
        Assert.True(updated.ExitCode == 0, updated.ToString());
        Assert.Contains("2 of 4 runs to train", updated.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_node_and_rsvg_convert_the_results_are_made_and_the_missing_figures_said()
    {
        Write("bare", 2000);
        _lab.Environment["PATH"] = _lab.Folder;
        var answer = await RunAsync();

        Assert.True(answer.ExitCode == 1, answer.ToString());
        Assert.Contains("could not be made: ", answer.Error, StringComparison.Ordinal);
        Assert.Contains("node", answer.Error, StringComparison.Ordinal);
        Assert.All(Rows(), r => Assert.Equal(RunState.Completed, r.State));
        Assert.All(new[] { "curves.csv", "fit.json", "report.md" }, f => Assert.True(File.Exists(Path.Combine(_lab.Out, f)), f));
        Assert.Empty(Directory.Exists(Path.Combine(_lab.Out, "figures")) ? Directory.GetFiles(Path.Combine(_lab.Out, "figures"), "*.svg") : []);
    }

    [Fact]
    public async Task A_killed_worker_a_stop_and_a_resume_leave_the_same_losses_as_an_undisturbed_sweep()
    {
        Write("disturbed", 300_000);
        var running = Start();
        await running.UntilAsync(() => Checkpoints() > 0, "a first checkpoint");
        foreach (var worker in running.Workers()) RunningLab.Signal(worker, RunningLab.KillAtOnce);
        await running.UntilAsync(() => running.Workers().Count > 0 && running.HasSaid("attempt 2"), "another attempt");
        running.Signal(RunningLab.Terminate);
        var stopped = await running.EndAsync(TimeSpan.FromMinutes(1));
        Assert.True(stopped.ExitCode == 130, stopped.ToString());
        Assert.Contains("resume with: ./lab run grid.json --out ", stopped.Error, StringComparison.Ordinal);

        var resumed = await RunAsync();
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Contains("from step ", resumed.Out, StringComparison.Ordinal);
        var disturbed = Rows();

        using var other = new Lab();
        other.WriteText();
        other.Write("grid.json", File.ReadAllText(_lab.At("grid.json")));
        Assert.Equal(0, (await other.RunAsync("run", "grid.json", "--out", other.Out, "--slots", "1")).ExitCode);
        var undisturbed = RunsCsv.Read(Path.Combine(other.Out, "runs.csv"));
        Assert.Equal(undisturbed.Select(r => (r.RunId, r.LossValidation)), disturbed.Select(r => (r.RunId, r.LossValidation)));
        Assert.True(disturbed.Max(r => r.Attempts) > 1);
    }

    [Fact]
    public async Task A_stop_makes_the_worker_write_a_checkpoint_however_rarely_it_would_have()
    {
        Write("stopped", 20_000_000);
        var grid = File.ReadAllText(_lab.At("grid.json"));
        _lab.Write("grid.json", grid.Replace("\"checkpointSeconds\": 0.2", "\"checkpointSeconds\": 3600", StringComparison.Ordinal));
        var running = Start();
        await running.UntilAsync(() => running.HasSaid("started"), "a start");
        await Task.Delay(TimeSpan.FromSeconds(1)); // some steps
        running.Signal(RunningLab.Terminate);
        Assert.Equal(130, (await running.EndAsync(TimeSpan.FromMinutes(1))).ExitCode);

        var resumed = Start();
        await resumed.UntilAsync(() => resumed.HasSaid("from step "), "a resume");
        resumed.Signal(RunningLab.Terminate);
        Assert.Equal(130, (await resumed.EndAsync(TimeSpan.FromMinutes(1))).ExitCode);
    }

    [Fact]
    public async Task A_sweep_is_paused_resumed_cancelled_and_retried_by_its_name()
    {
        Write("steered", 300_000);
        var running = Start();
        await running.UntilAsync(() => running.HasSaid("started"), "a start");
        Assert.Equal(0, (await _lab.RunAsync("pause", "steered")).ExitCode);
        var paused = await running.EndAsync(TimeSpan.FromMinutes(1));
        Assert.True(paused.ExitCode == 1, paused.ToString());
        Assert.Contains("paused with 1 of 2 runs finished", paused.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await _lab.RunAsync("resume", "steered")).ExitCode);
        Assert.Contains("1 of steered cancelled", (await _lab.RunAsync("cancel", "steered")).Out, StringComparison.Ordinal);
        Assert.Contains("1 of steered will be tried again", (await _lab.RunAsync("retry", "steered")).Out, StringComparison.Ordinal);
        var finished = await RunAsync();
        Assert.True(finished.ExitCode == 0, finished.ToString());
        Assert.All(Rows(), r => Assert.Equal(RunState.Completed, r.State));
    }

    [Fact]
    public async Task Training_steps_are_timed_and_the_machine_is_described()
    {
        using var timed = JsonDocument.Parse((await _lab.RunAsync(
            "bench", "--model", "micro-28k", "--vocabulary", "257", "--sequences", "2", "--steps", "2", "--precision", "fp32", "--json")).Out);
        Assert.True(timed.RootElement[0].GetProperty("timing").GetProperty("tokensPerSecond").GetDouble() > 0);
        var wrong = (await _lab.RunAsync("bench", "--model", "micro", "2x12", "--recipe", "mlp=relu", "norms=layer")).Error;
        foreach (var problem in (string[])[
            "--model: 'micro' is neither LAYERSxWIDTH nor a preset", "--recipe mlp: 'relu' is not known",
            "--recipe: unknown field 'norms' (did you mean 'norm'?)"])
            Assert.Contains(problem, wrong, StringComparison.Ordinal);
        Assert.Contains("libtorch", (await _lab.RunAsync("doctor")).Out, StringComparison.Ordinal);
    }

    private int Checkpoints() => Directory.Exists(_lab.At("home/checkpoints"))
        ? Directory.EnumerateFiles(_lab.At("home/checkpoints"), "*", SearchOption.AllDirectories).Count() : 0;

    private void Write(string name, int tokens, string more = "") => _lab.Write(
        "grid.json",
        Grid.Replace("NAME", name, StringComparison.Ordinal).Replace("TOKENS", $"{tokens}", StringComparison.Ordinal)
            .Replace("\"recipe\"", more + "\"recipe\"", StringComparison.Ordinal));

    private RunningLab Start(params string[] more) => _lab.Start(["run", "grid.json", "--out", _lab.Out, "--slots", "1", .. more]);

    private Task<LabAnswer> RunAsync(params string[] more) => _lab.RunAsync(["run", "grid.json", "--out", _lab.Out, "--slots", "1", .. more]);

    private IReadOnlyList<RunRow> Rows() => RunsCsv.Read(Path.Combine(_lab.Out, "runs.csv"));
}
