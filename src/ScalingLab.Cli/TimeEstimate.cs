using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary>How long a sweep will take, from the speed of runs that finished here before. Nothing finished, nothing claimed.</summary>
/// <param name="Wall">Wall time of what is left to run; null where no run has finished here.</param>
/// <param name="BasisRuns">Finished runs that the estimate rests on.</param>
/// <param name="RunsFinished">Runs of this sweep that are finished and will not be run again.</param>
internal sealed record TimeEstimate(TimeSpan? Wall, int BasisRuns, int RunsFinished)
{
    /// <summary>Nothing is known of how long anything takes.</summary>
    public static TimeEstimate Unknown { get; } = new(null, 0, 0);

    /// <summary>The shortest run that is left, at the greatest FLOP/s of any finished run; null where none has finished.</summary>
    public TimeSpan? Shortest { get; init; }

    /// <summary>The time for which what is left to run holds a device, all runs added up; null where no run has finished here.</summary>
    public TimeSpan? DeviceTime { get; init; }

    /// <summary>Finished runs of every sweep in a ledger; none where there is no ledger.</summary>
    public static IReadOnlyList<RunRecord> Finished(Ledger? ledger) => ledger is null
        ? []
        : [.. ledger.Sweeps().SelectMany(s => ledger.Records(s.Name, withPoints: false)).Where(r => r.State == RunState.Completed)];

    /// <summary>
    /// Each run at the FLOP/s of the finished run nearest in FLOPs a token (speed depends on size far more than on anything else a grid varies); the sum
    /// over the slots, but never less than the longest run.
    /// </summary>
    public static TimeEstimate Of(Sweep sweep, IReadOnlyList<RunRecord> finished, int slots)
    {
        var known = finished.Where(r => r.Result is { TokensPerSecond: > 0 })
            .Select(r => (PerToken: Compute.Of(r.Cell.Spec.Shape).PerToken, r.Result!.TokensPerSecond)).ToList();
        var done = finished.Select(r => r.Cell.Spec.Id).ToHashSet();
        var left = done.Count == 0 ? [.. sweep.Cells] : sweep.Cells.Where(c => !done.Contains(c.Spec.Id)).ToList();
        var count = sweep.Cells.Count - left.Count;
        if (left.Count == 0) return new TimeEstimate(TimeSpan.Zero, known.Count, count);
        if (known.Count == 0) return new TimeEstimate(null, 0, count);

        var seconds = left.ConvertAll(cell =>
        {
            var perToken = Compute.Of(cell.Spec.Shape).PerToken;
            var nearest = known.MinBy(k => Math.Abs(Math.Log(k.PerToken / perToken)));
            return cell.Spec.Flops / (nearest.TokensPerSecond * nearest.PerToken);
        });
        return new TimeEstimate(TimeSpan.FromSeconds(Math.Max(seconds.Max(), seconds.Sum() / slots)), known.Count, count)
        {
            DeviceTime = TimeSpan.FromSeconds(seconds.Sum()),
            Shortest = TimeSpan.FromSeconds(left.Min(c => c.Spec.Flops) / known.Max(k => k.TokensPerSecond * k.PerToken)),
        };
    }
}
