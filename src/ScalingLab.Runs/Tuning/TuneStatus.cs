using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Tuning;

/// <summary>How far a tune is.</summary>
/// <param name="Cells">Every run that it needs so far, each once: those that have ended, and those to train
/// now.</param>
/// <param name="IsDone">Whether nothing is left to train.</param>
/// <param name="Notes">What a person should hear: where a best candidate was at the edge and the search went on beyond
/// it, or could not.</param>
public sealed record TuneStatus(IReadOnlyList<SweepCell> Cells, bool IsDone, IReadOnlyList<string> Notes);

/// <summary>
/// Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943; Li et al. 2018, arXiv 1603.06560) over the cells
/// of a tune: a pure function of what has ended. Round by round the candidates of a cell train on a larger part of its
/// tokens, each rate and batch a factor of the size rule's at that length, so that what is best carries over. Who calls
/// it again with the same results is told the same: a tune that was killed goes on where it was.
/// </summary>
public static class TunePlanner
{
    /// <summary>What is needed, given what has ended.</summary>
    /// <param name="tune">The tune.</param>
    /// <param name="data">The text.</param>
    /// <param name="vocabulary">The tokenizer's.</param>
    /// <param name="ended">The record of a run that has ended; null for one that has not.</param>
    /// <exception cref="InputException">The rule's own candidate of a cell cannot be trained: every
    /// problem.</exception>
    public static TuneStatus Next(Tune tune, DataIdentity data, int vocabulary, Func<RunId, RunRecord?> ended)
    {
        var problems = new List<Problem>();
        var searches = TuneSearch.CreateAll(tune, data, vocabulary, problems);
        if (problems.Count > 0) throw new InputException([.. problems.Distinct()]);
        if (searches.Count == 0) throw new InputException("exclude", "leaves no cell; remove some of it");
        var (cells, notes, done) = (new Dictionary<RunId, SweepCell>(), new List<string>(), true);
        foreach (var search in searches)
        {
            done &= search.Advance(ended, cell => cells.TryAdd(cell.Spec.Id, cell), notes);
        }

        return new TuneStatus([.. cells.Values], done, notes);
    }
}
