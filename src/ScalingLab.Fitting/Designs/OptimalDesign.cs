namespace ScalingLab.Fitting.Designs;

/// <summary>
/// Chooses the runs that most shrink the variance of one number within a budget: c-optimal design (Elfving 1952) by the
/// law's Fisher information, its logarithm averaged over the laws that the data allow (Chaloner and Verdinelli 1995).
/// Greedy, by gain alone, by gain over the root of the cost and by gain over the cost; the best of the three is mended
/// by exchanges (Fedorov 1972) until none helps.
/// </summary>
public static class OptimalDesign
{
    // A run must lower ln variance by so much: the width by a thousandth.
    private const double LeastGain = 0.002;
    private const int MostPasses = 4;

    private static readonly double[] CostPowers = [0, 0.5, 1];

    /// <summary>The choice; null where the target is not finite under any of the laws.</summary>
    public static DesignChoice? Choose(DesignRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var start = new DesignState(request);
        if (!start.HasLaws) return null;
        var best = CostPowers.Select(power => new Search(request, start.Copy(), power)).Select(search =>
        {
            search.Fill();
            return search;
        }).MinBy(search => search.State.MeanLogVariance())!;
        for (var pass = 0; pass < MostPasses && best.Exchange(); pass++) best.Fill();
        return new DesignChoice(
            [.. request.Candidates.Select((one, index) => (one, best.Counts[index])).Where(one => one.Item2 > 0)],
            best.Spent, start.Error, best.State.Error);
    }

    /// <summary>
    /// The standard error of another number from these runs and those chosen for the first; null where it is not
    /// finite under any of the laws.
    /// </summary>
    public static (double Before, double After)? Error(DesignRequest request, DesignChoice choice, LawTarget target)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(choice);
        var before = new DesignState(request with { Target = target, Candidates = [] });
        if (!before.HasLaws) return null;
        var after = new DesignState(request with
        {
            Target = target,
            Candidates = [.. choice.Runs.Select(run => run.Candidate)],
        });
        foreach (var (run, index) in choice.Runs.Select((run, index) => (run, index)))
        {
            for (var count = 0; count < run.Count; count++) after.Change(index, 1);
        }

        return (before.Error, after.Error);
    }

    private sealed class Search(DesignRequest request, DesignState state, double power)
    {
        public DesignState State { get; } = state;

        public int[] Counts { get; } = new int[request.Candidates.Count];

        public double Spent { get; private set; }

        private int Runs => Counts.Sum();

        /// <summary>Adds runs as long as one helps.</summary>
        public void Fill()
        {
            while (Runs < request.MostRuns && Best(power) is { } next) Make(next);
        }

        /// <summary>
        /// Puts another run in the place of each in turn where that is better; whether any was changed.
        /// </summary>
        public bool Exchange()
        {
            var changed = false;
            for (var index = 0; index < Counts.Length; index++)
            {
                if (Counts[index] == 0) continue;
                var before = State.MeanLogVariance();
                Take(index);
                if (Best(0) is { } other && other != index
                    && State.MeanLogVariance() - State.Gain(other) < before - 1e-6)
                {
                    Make(other);
                    changed = true;
                }
                else
                {
                    Make(index);
                }
            }

            return changed;
        }

        private int? Best(double costPower)
        {
            var (best, highest) = ((int?)null, 0.0);
            for (var index = 0; index < Counts.Length; index++)
            {
                var one = request.Candidates[index];
                if (Counts[index] >= one.Most || Spent + one.Flops > request.Budget * (1 + 1e-9)) continue;
                var gain = State.Gain(index);
                if (gain < LeastGain) continue;
                var score = gain / Math.Pow(one.Flops, costPower);
                if (score > highest) (best, highest) = (index, score);
            }

            return best;
        }

        private void Make(int index)
        {
            State.Change(index, 1);
            (Counts[index], Spent) = (Counts[index] + 1, Spent + request.Candidates[index].Flops);
        }

        private void Take(int index)
        {
            State.Change(index, -1);
            (Counts[index], Spent) = (Counts[index] - 1, Spent - request.Candidates[index].Flops);
        }
    }
}
