using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Real sweeps that are killed, stopped and steered while they train.</summary>
public sealed class DisturbedSweepTests : Sweeping
{
    [Fact]
    public async Task A_killed_worker_a_stop_and_a_resume_leave_the_same_losses_as_an_undisturbed_sweep()
    {
        Write("disturbed", 200_000);
        var running = Start();
        await running.UntilAsync(() => Checkpoints() > 0, "a first checkpoint");
        foreach (var worker in running.Workers()) RunningLab.Signal(worker, RunningLab.KillAtOnce);
        await running.UntilAsync(() => running.Workers().Count > 0 && running.HasSaid("attempt 2"), "another attempt");
        running.Signal(RunningLab.Terminate);
        var stopped = await running.EndAsync(TimeSpan.FromMinutes(1));
        Assert.True(stopped.ExitCode == 130, stopped.ToString());
        Assert.Contains($"resume with: lab run grid.json --out {Lab.Out} --slots 1", stopped.Error,
            StringComparison.Ordinal);

        var resumed = await RunAsync();
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Contains("from step ", resumed.Out, StringComparison.Ordinal);
        var disturbed = Rows();

        using var other = new Lab();
        other.WriteText();
        other.Write("grid.json", File.ReadAllText(Lab.At("grid.json")));
        Assert.Equal(0, (await other.RunAsync("run", "grid.json", "--out", other.Out, "--slots", "1")).ExitCode);
        var undisturbed = RunsCsv.Read(Path.Combine(other.Out, "runs.csv"));
        Assert.Equal(undisturbed.Select(r => (r.RunId, r.LossValidation)),
            disturbed.Select(r => (r.RunId, r.LossValidation)));
        Assert.True(disturbed.Max(r => r.Attempts) > 1);
    }

    [Fact]
    public async Task A_stop_makes_the_worker_write_a_checkpoint_however_rarely_it_would_have()
    {
        Write("stopped", 20_000_000);
        var grid = File.ReadAllText(Lab.At("grid.json"));
        Lab.Write("grid.json",
            grid.Replace("\"checkpointSeconds\": 0.2", "\"checkpointSeconds\": 3600", StringComparison.Ordinal));
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
        Write("steered", 200_000);
        var running = Start();
        await running.UntilAsync(() => running.HasSaid("started"), "a start");
        Assert.Equal(0, (await Lab.RunAsync("pause", "steered")).ExitCode);
        var paused = await running.EndAsync(TimeSpan.FromMinutes(1));
        Assert.True(paused.ExitCode == 1, paused.ToString());
        Assert.Contains("paused with 1 of 2 runs finished", paused.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await Lab.RunAsync("resume", "steered")).ExitCode);
        Assert.Contains("1 of steered cancelled", (await Lab.RunAsync("cancel", "steered")).Out,
            StringComparison.Ordinal);
        Assert.Contains("1 of steered will be tried again", (await Lab.RunAsync("retry", "steered")).Out,
            StringComparison.Ordinal);
        var finished = await RunAsync();
        Assert.True(finished.ExitCode == 0, finished.ToString());
        Assert.All(Rows(), r => Assert.Equal(RunState.Completed, r.State));
    }

    private int Checkpoints() => Directory.Exists(Lab.At("home/checkpoints"))
        ? Directory.EnumerateFiles(Lab.At("home/checkpoints"), "*", SearchOption.AllDirectories).Count() : 0;
}
