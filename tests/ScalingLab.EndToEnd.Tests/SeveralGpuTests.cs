using ScalingLab.Reporting.Tables;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Runs that several devices train together, on a processor as on so many GPUs but for NCCL.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SeveralGpuTests : IDisposable
{
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(10);

    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("fused")]
    [InlineData("torchsharp")]
    public async Task A_sweep_on_two_is_that_on_one_and_its_results_say_so(string engine)
    {
        WriteGrid(tokens: 10_000);
        var (alone, together) =
            (await TrainAsync(engine, "alone", "worker.gpus=1"), await TrainAsync(engine, "together", "worker.gpus=2"));
        Assert.Equal(alone.Select(r => r.RunId), together.Select(r => r.RunId)); // no part of a run's name
        foreach (var (one, two) in alone.Zip(together))
        {
            Assert.InRange(Math.Abs((one.LossValidation!.Value / two.LossValidation!.Value) - 1), 0, 1e-4);
            Assert.Equal((null, 2), (one.Gpus, two.Gpus));
            Assert.Equal(2 * two.WallSeconds, two.DeviceSeconds);
        }

        Assert.Contains("cpu+cpu", await File.ReadAllTextAsync(_lab.At("together/attempts.csv")),
            StringComparison.Ordinal);
        var report = await File.ReadAllTextAsync(_lab.At("together/report.md"));
        Assert.Contains("2 x ", report, StringComparison.Ordinal);
        Assert.Contains("wall times by devices added up", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rank_that_is_killed_costs_an_attempt_and_a_lab_that_is_killed_leaves_no_rank_behind()
    {
        WriteGrid(tokens: 100_000_000);
        var running = _lab.Start([.. Arguments("fused", "killed", "worker.gpus=2", "worker.checkpointSeconds=1")]);
        try
        {
            await running.UntilAsync(() => running.HasSaid(": step "), "its first steps");
            var ranks = await RanksAsync(running, []);
            RunningLab.Signal(ranks[0], RunningLab.KillAtOnce);
            await running.UntilAsync(() =>
                running.Said().Contains("rank 1 of 2: it ended with exit code 137", StringComparison.Ordinal),
                "the lost attempt");
            var next = await RanksAsync(running, ranks); // the next attempt has its own
            IReadOnlyList<int> all = [.. running.Workers(), .. next];
            running.Signal(RunningLab.KillAtOnce);
            Assert.True(SpinWait.SpinUntil(() => all.All(p => !RunningLab.Lives(p)), EndWithin),
                "none of them is left");
        }
        finally
        {
            running.End();
        }
    }

    private static async Task<IReadOnlyList<int>> RanksAsync(RunningLab running, IReadOnlyList<int> before)
    {
        IReadOnlyList<int> found = [];
        await running.UntilAsync(
            () => (found = [.. running.Workers().SelectMany(RunningLab.Children).Except(before)]).Count > 0,
            "the processes of other ranks");
        return found;
    }

    private void WriteGrid(long tokens)
    {
        _lab.WriteText();
        _lab.Write("grid.json", $$"""
            { "name": "several", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": ["micro-28k"], "lengths": [{ "tokens": {{tokens}} }] }
            """);
    }

    private string[] Arguments(string engine, string results, params string[] words) =>
        ["run", "grid.json", "--devices", "cpu", "--slots", "2", "--out", _lab.At(results), "--engine", engine,
            .. words];

    private async Task<IReadOnlyList<RunRow>> TrainAsync(string engine, string results, string word)
    {
        _lab.Environment["SCALINGLAB_HOME"] = _lab.At("home-" + results);
        var answer = await _lab.RunAsync(Arguments(engine, results, word));
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return RunsCsv.Read(_lab.At($"{results}/runs.csv"));
    }
}
