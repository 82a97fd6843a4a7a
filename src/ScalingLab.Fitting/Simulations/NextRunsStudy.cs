using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;

namespace ScalingLab.Fitting.Simulations;

/// <summary>A full grid and chosen runs of the same cells, on one truth.</summary>
/// <param name="Grid">The full grid: every cell once.</param>
/// <param name="Target">The number that the runs are chosen for.</param>
public sealed record NextRunsDesign(SimulatedSweep Grid, LawTarget Target)
{
    /// <summary>The pilot has the smallest budgets, at least two, up to this share of the grid's FLOPs.</summary>
    public double PilotShare { get; init; } = 0.02;

    /// <summary>FLOPs spent at each stage, the pilot's among them, over the grid's.</summary>
    public IReadOnlyList<double> Shares { get; init; } = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];

    /// <summary>Most runs of a cell, each with a seed of its own.</summary>
    public int Seeds { get; init; } = 4;

    /// <summary>Cells of the pilot, by their place in the grid.</summary>
    public IReadOnlyList<int> Pilot
    {
        get
        {
            var (cells, chosen, spent) = (Grid.Cells, new List<int>(), 0.0);
            var budgets = Enumerable.Range(0, cells.Count).GroupBy(index => cells[index].BudgetFlops)
                .OrderBy(group => group.Key).ToList();
            foreach (var (group, index) in budgets.Select((group, index) => (group, index)))
            {
                spent += group.Sum(cell => cells[cell].Flops);
                if (index >= 2 && spent > PilotShare * Grid.Flops) break;
                chosen.AddRange(group);
            }

            return chosen;
        }
    }
}

/// <summary>Chosen runs against the full grid, at one stage.</summary>
/// <param name="Share">FLOPs that could be spent, over the grid's.</param>
/// <param name="Spent">FLOPs that were spent, over the grid's; mean.</param>
/// <param name="Runs">Runs made; mean.</param>
/// <param name="Width">Width of the target's 95 % interval over that of the full grid; geometric mean.</param>
/// <param name="Width95">95 % interval of that mean.</param>
/// <param name="Error">Root mean square error over that of the full grid.</param>
/// <param name="Error95">95 % interval of that, by drawing trials with replacement.</param>
/// <param name="Coverage">Share of the intervals that hold the truth.</param>
public sealed record NextRunsRow(
    double Share, double Spent, double Runs, double Width, Interval Width95, double Error, Interval Error95,
    double Coverage);

/// <summary>What chosen runs save.</summary>
/// <param name="Trials">Trials in which both had an interval at every stage.</param>
/// <param name="GridCoverage">Share of the full grid's intervals that hold the truth.</param>
/// <param name="Rows">A row a stage.</param>
/// <param name="Reached">Trials whose interval became as narrow as the full grid's, at some stage.</param>
/// <param name="Saved">FLOPs that the first such stage saved, over the grid's, nothing where none was; mean.</param>
/// <param name="Saved95">95 % interval of that mean.</param>
public sealed record NextRunsResult(
    int Trials, double GridCoverage, IReadOnlyList<NextRunsRow> Rows, int Reached, double Saved, Interval Saved95);

/// <summary>
/// Whether runs that are chosen one stage after the other (<see cref="OptimalDesign"/>) tell a number as well as a full
/// grid does, for fewer FLOPs. They come from the grid's own cells, so that no ground is theirs alone, and the choice
/// knows what <c>lab next</c> knows: the losses so far, and no truth.
/// </summary>
public static class NextRunsStudy
{
    private const int MostLaws = 24;
    private const int Resamples = 1000;

    /// <summary>Runs the trials.</summary>
    /// <param name="design">Grid, target, stages.</param>
    /// <param name="trials">How many.</param>
    /// <param name="options">How each is fitted, at least 20 bootstrap draws; its seed is the noise's.</param>
    public static NextRunsResult Run(NextRunsDesign design, int trials, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        var single = options with { Threads = 1, Progress = null };
        var made = ParallelWork.Map("trials", trials, options, trial =>
            Trial.Run(design, new SplitMix64(options.Seed, trial), single with { Seed = trial }));
        return Summary(design, [.. made.OfType<Trial>()], options.Seed);
    }

    private static NextRunsResult Summary(NextRunsDesign design, IReadOnlyList<Trial> trials, int seed)
    {
        var rows = design.Shares.Select((share, stage) =>
        {
            double[] widths = [.. trials.Select(one => Math.Log(one.Stages[stage].Width / one.Grid.Width))];
            return new NextRunsRow(
                share, trials.Average(one => one.Stages[stage].Spent), trials.Average(one => one.Stages[stage].Runs),
                Math.Exp(widths.Average()), Exponential(OfMean(widths)),
                Ratio(trials, stage), Resampled(trials, stage, seed),
                trials.Average(one => one.Stages[stage].Holds ? 1.0 : 0));
        }).ToList();
        double[] saved = [.. trials.Select(one => one.Saved)];
        return new NextRunsResult(trials.Count, trials.Average(one => one.Grid.Holds ? 1.0 : 0), rows,
            trials.Count(one => one.Reaches), saved.Average(), OfMean(saved));
    }

    private static double Ratio(IReadOnlyList<Trial> trials, int stage) => Math.Sqrt(
        trials.Sum(one => one.Stages[stage].Error * one.Stages[stage].Error)
        / trials.Sum(one => one.Grid.Error * one.Grid.Error));

    private static Interval Resampled(IReadOnlyList<Trial> trials, int stage, int seed) =>
        Percentiles.Interval95(Enumerable.Range(0, Resamples).Select(draw =>
        {
            var random = new SplitMix64(seed, -100 - draw);
            return Ratio([.. trials.Select(_ => trials[random.NextIndex(trials.Count)])], stage);
        }))!;

    private static Interval OfMean(double[] values)
    {
        var mean = values.Average();
        var error = Math.Sqrt(values.Sum(one => (one - mean) * (one - mean)) / (values.Length - 1) / values.Length);
        return new Interval(mean - (1.96 * error), mean + (1.96 * error));
    }

    private static Interval Exponential(Interval of) => new(Math.Exp(of.Low), Math.Exp(of.High));

    /// <param name="Spent">FLOPs over the grid's.</param>
    /// <param name="Runs">Runs made.</param>
    /// <param name="Width">Width of the target's interval.</param>
    /// <param name="Error">The estimate less the truth.</param>
    /// <param name="Holds">Whether the interval holds the truth.</param>
    private sealed record Outcome(double Spent, int Runs, double Width, double Error, bool Holds);

    private sealed record Trial(Outcome Grid, IReadOnlyList<Outcome> Stages)
    {
        public bool Reaches => Stages.Any(one => one.Width <= Grid.Width);

        public double Saved => Stages.FirstOrDefault(one => one.Width <= Grid.Width) is { } first ? 1 - first.Spent : 0;

        /// <summary>Null where some fit has no interval.</summary>
        public static Trial? Run(NextRunsDesign design, SplitMix64 random, FitOptions options)
        {
            // Every run that could be made, so that what is chosen changes no loss.
            var cells = design.Grid.Cells;
            var losses = cells.Select(cell => Enumerable.Range(0, design.Seeds).Select(_ =>
                design.Grid.Law.Loss(cell.Parameters, cell.Tokens) * Math.Exp(design.Grid.Noise * random.NextNormal()))
                .ToArray()).ToArray();
            LossObservation Made(int cell, int seed) =>
                cells[cell] with { Loss = losses[cell][seed], Seed = InvariantText.Invariant($"{seed + 1}") };
            List<LossObservation> grid = [.. Enumerable.Range(0, cells.Count).Select(cell => Made(cell, 0))];
            if (Evaluate(design, grid, ParametricFitter.Fit(grid, options)) is not { } full) return null;
            var (counts, runs) = (new int[cells.Count], new List<LossObservation>());
            foreach (var cell in design.Pilot) runs.Add(Made(cell, counts[cell]++));
            var stages = new List<Outcome>();
            var fit = ParametricFitter.Fit(runs, options);
            foreach (var share in design.Shares)
            {
                foreach (var cell in Choose(design, runs, counts, fit, share, options))
                    runs.Add(Made(cell, counts[cell]++));
                fit = ParametricFitter.Fit(runs, options);
                if (Evaluate(design, runs, fit) is not { } outcome) return null;
                stages.Add(outcome);
            }

            return new Trial(full, stages);
        }

        private static IEnumerable<int> Choose(NextRunsDesign design, List<LossObservation> runs, int[] counts,
            ParametricFit fit, double share, FitOptions options)
        {
            if (fit.Law is not { } law) return [];
            var cells = design.Grid.Cells;
            List<int> free = [.. Enumerable.Range(0, cells.Count).Where(cell => counts[cell] < design.Seeds)];
            var step = Math.Max(1, fit.Draws.Count / MostLaws);
            var request = new DesignRequest(
                design.Target,
                fit.Draws.Count == 0 ? [law] : [.. fit.Draws.Where((_, index) => index % step == 0).Take(MostLaws)],
                DesignNoise.From(fit, runs, options).Effective, [.. runs.Select(one => (one.Parameters, one.Tokens))])
            {
                Candidates = [.. free.Select(cell => new RunCandidate(cells[cell].Parameters, cells[cell].Tokens,
                    cells[cell].Flops, design.Seeds - counts[cell]))],
                Budget = (share * design.Grid.Flops) - runs.Sum(one => one.Flops),
            };
            return OptimalDesign.Choose(request) is not { } choice ? []
                : free.SelectMany((cell, index) => Enumerable.Repeat(cell, choice.Runs
                    .Where(one => ReferenceEquals(one.Candidate, request.Candidates[index])).Sum(one => one.Count)));
        }

        private static Outcome? Evaluate(NextRunsDesign design, List<LossObservation> runs, ParametricFit fit)
        {
            if (RecoveryStudy.Find(design.Target, fit) is not ({ } value, { } interval)) return null;
            var target = design.Target;
            double Scaled(double number) => target.IsFactor ? Math.Log(number) : number;
            var truth = target.Of(design.Grid.Law);
            return new Outcome(runs.Sum(one => one.Flops) / design.Grid.Flops, runs.Count,
                Scaled(interval.High) - Scaled(interval.Low), Scaled(value) - Scaled(truth),
                interval.Low <= truth && truth <= interval.High);
        }
    }
}
