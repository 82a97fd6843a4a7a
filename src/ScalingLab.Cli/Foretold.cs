using ScalingLab.Reporting;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary>A sweep's runs and attempts for its results, each completed run with the time that was foretold of it when it began.</summary>
internal static class Foretold
{
    /// <summary>
    /// The runs by the rule of <see cref="TimeEstimate"/>, from what the ledger's runs of all sweeps had shown by then: at the FLOP/s of the finished run
    /// nearest in FLOPs a token, of several the latest. Null for a run before which none had finished.
    /// </summary>
    public static (IReadOnlyList<RunRecord> Runs, IReadOnlyList<AttemptRow> Attempts) Of(Ledger ledger, string sweep)
    {
        var attempts = ledger.Attempts(sweep);
        var began = attempts.GroupBy(a => a.Run).ToDictionary(g => g.Key, g => g.Min(a => a.Began));
        var speeds = Speeds(ledger);
        var runs = ledger.Records(sweep).Select(run => run.Result is { } result && began.TryGetValue(run.Cell.Spec.Id, out var at)
            ? run with { PredictedSeconds = Seconds(run.Cell.Spec, result, at, speeds) } : run).ToList();
        return (runs, [.. attempts.Select(a => new AttemptRow(a.Run.Value, a.Number, a.Node, a.Device, a.Began, a.Ended, a.Outcome, a.Failure))]);
    }

    // By FLOPs a token, each with the FLOP/s of its runs as they finished.
    private static List<(double PerToken, List<(DateTimeOffset Ended, double FlopsPerSecond)> Runs)> Speeds(Ledger ledger)
    {
        var finished = TimeEstimate.Finished(ledger).DistinctBy(r => r.Cell.Spec.Id).ToDictionary(r => r.Cell.Spec.Id);
        return [.. ledger.Sweeps().SelectMany(s => ledger.Attempts(s.Name)).Where(a => a is { Outcome: RunEvent.Finished, Ended: not null })
            .DistinctBy(a => a.Run).Where(a => finished.TryGetValue(a.Run, out var run) && run.Result is { TokensPerSecond: > 0 })
            .Select(a => (a.Ended, PerToken: Compute.Of(finished[a.Run].Cell.Spec.Shape).PerToken, finished[a.Run].Result!.TokensPerSecond))
            .GroupBy(r => r.PerToken)
            .Select(g => (g.Key, g.Select(r => (r.Ended!.Value, r.TokensPerSecond * g.Key)).OrderBy(r => r.Value).ToList()))];
    }

    private static double? Seconds(
        RunSpec spec, RunResult result, DateTimeOffset began, List<(double PerToken, List<(DateTimeOffset Ended, double FlopsPerSecond)> Runs)> speeds)
    {
        var perToken = Compute.Of(spec.Shape).PerToken;
        var known = speeds.Where(s => s.Runs[0].Ended <= began).ToList();
        if (known.Count == 0) return null;
        var nearest = known.MinBy(s => Math.Abs(Math.Log(s.PerToken / perToken)));
        // What another run's trunk trained is not this run's to train.
        var flops = perToken * (spec.Tokens - spec.TokensAfter(result.TrunkSteps ?? 0));
        return flops / nearest.Runs.Last(r => r.Ended <= began).FlopsPerSecond;
    }
}
