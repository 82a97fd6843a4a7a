using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Outliers;

/// <summary>A run whose loss is far above what its neighbours in N and D predict.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Loss">Its loss, nats/token.</param>
/// <param name="Predicted">What was predicted: the most that one neighbour allows, or what the surface through all
/// says.</param>
/// <param name="Tolerance">By how much it may lie above that.</param>
/// <param name="Neighbour">The row of that neighbour; null where it was the surface.</param>
public sealed record HighLoss(int Row, double Loss, double Predicted, double Tolerance, int? Neighbour);

/// <summary>
/// Whether a run ended where runs like it ended. It knows nothing of runs but N, D and loss: the caller hands over
/// those of one recipe on one text.
/// </summary>
public static class NeighbourCheck
{
    /// <summary>So many times the scatter of good runs is far.</summary>
    public const double Scatters = 5;

    /// <summary>What a normal distribution's deviation is in median distances from the median.</summary>
    internal const double NormalDeviations = 1.4826;

    /// <summary>
    /// The runs far above what the others predict, by row: above the ceiling that any one of them sets
    /// (<see cref="LossCeiling"/>), or above the surface through those that are not (<see cref="NeighbourSurface"/>),
    /// where there are enough places for one. Rows with a value that is not positive are passed over.
    /// </summary>
    /// <param name="observations">Runs of one recipe on one text; two are enough for a ceiling.</param>
    /// <param name="doubtful">Rows already known to be bad: they are judged, but no surface goes through them.</param>
    public static IReadOnlyList<HighLoss> FindHighLosses(IReadOnlyList<LossObservation> observations,
        IReadOnlySet<int>? doubtful = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var usable = ObservationChecks.Check(observations).Usable;
        var above = LossCeiling.FindHighLosses(usable).ToList();
        var bad = above.Select(one => one.Row).Concat(doubtful ?? new HashSet<int>()).ToHashSet();
        above.AddRange(NeighbourSurface.FindHighLosses([.. usable.Where(one => !bad.Contains(one.Row!.Value))]));
        return [.. above.OrderBy(one => one.Row)];
    }
}
