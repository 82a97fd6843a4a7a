using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>
/// A sweep's runs and attempts for its results, each completed run with the time that was predicted of it when it
/// began.
/// </summary>
internal static class PredictedTimes
{
    private const int MostErrors = 200;
    private const int LeastErrors = 8;

    /// <summary>
    /// The runs with how long they would have been said to take when they began, by the rule of every other forecast,
    /// from what the finished runs of
    /// all sweeps had shown by then on that class of devices. Null for a run before which none had finished there.
    /// </summary>
    public static (IReadOnlyList<RunRecord> Runs, IReadOnlyList<AttemptRow> Attempts) Read(Ledger ledger, string sweep)
    {
        var attempts = ledger.Attempts(sweep);
        var firsts = attempts.GroupBy(a => a.Run).Select(g => g.MinBy(a => a.Began)!).OrderBy(a => a.Began).ToList();
        var runs = ledger.Records(sweep);
        var seconds =
            PredictedSeconds(ledger, firsts, runs.Where(r => r.Result is not null).ToDictionary(r => r.Cell.Spec.Id));
        return (
            [.. runs.Select(run => seconds.TryGetValue(run.Cell.Spec.Id, out var predicted)
                ? run with { PredictedSeconds = predicted } : run)],
            [.. attempts.Select(a =>
                new AttemptRow(a.Run.Value, a.Number, a.Node, a.Device, a.Began, a.Ended, a.Outcome, a.Failure))]);
    }

    /// <summary>
    /// How far such predictions were off, of the runs that one attempt finished, the latest of all sweeps; null where
    /// too few are there to tell.
    /// </summary>
    public static ErrorRange? Errors(Ledger ledger)
    {
        var attempts = ledger.Sweeps().SelectMany(sweep => ledger.Attempts(sweep.Name))
            .DistinctBy(a => (a.Run, a.Fence))
            .Where(a => a is { Number: 1, Outcome: RunEvent.Finished, Ended: not null, Device: not null })
            .OrderByDescending(a => a.Began).Take(MostErrors).OrderBy(a => a.Began).ToList();
        if (attempts.Count < LeastErrors) return null;
        var (history, next, known) = (new SpeedHistory(), 0, FinishedSpeeds(ledger));
        var ratios = new List<(double, double)>();
        foreach (var attempt in attempts)
        {
            for (; next < known.Count && known[next].Ended <= attempt.Began; next++) history.Add(known[next].Speed);
            if (ledger.Spec(attempt.Run) is { } spec && Trunk.KeyOf(spec) is null
                && history.Seconds(spec, attempt.Node, NodeDevice.ClassOf(attempt.Device!)) is { } predicted)
                ratios.Add(((attempt.Ended! - attempt.Began).Value.TotalSeconds / predicted, 1));
        }

        return ratios.Count < LeastErrors ? null : ErrorRange.Of(ratios);
    }

    private static Dictionary<RunId, double> PredictedSeconds(Ledger ledger, List<AttemptRecord> firsts,
        Dictionary<RunId, RunRecord> completed)
    {
        var (history, next, known) = (new SpeedHistory(), 0, FinishedSpeeds(ledger));
        var seconds = new Dictionary<RunId, double>();
        foreach (var attempt in firsts)
        {
            for (; next < known.Count && known[next].Ended <= attempt.Began; next++) history.Add(known[next].Speed);
            if (attempt.Device is null || !completed.TryGetValue(attempt.Run, out var run)) continue;
            var spec = run.Cell.Spec;
            if (history.Seconds(spec, attempt.Node, NodeDevice.ClassOf(attempt.Device)) is not { } whole) continue;

            // What another run's trunk trained is not this run's to train.
            seconds[attempt.Run] = whole * spec.TokensAfter(spec.Steps - (run.Result!.TrunkSteps ?? 0)) / spec.Tokens;
        }
        return seconds;
    }

    // What each finished run showed, by when it ended.
    private static List<(DateTimeOffset Ended, MeasuredSpeed Speed)> FinishedSpeeds(Ledger ledger)
    {
        var (sweeps, specs) = (ledger.Sweeps(), new Dictionary<RunId, RunSpec>());
        foreach (var (run, cell) in sweeps.SelectMany(s => ledger.Cells(s.Name))) specs[run] = cell.Spec;
        return [.. sweeps.SelectMany(s => ledger.Attempts(s.Name))
            .Where(a => a is { Outcome: RunEvent.Finished, Ended: not null, Device: not null, FlopsPerSecond: > 0 })
                .DistinctBy(a => a.Run)
            .Select(a => (a.Ended!.Value, SpeedHistory.FromAttempt(a, specs[a.Run]))).OrderBy(a => a.Value)];
    }
}
