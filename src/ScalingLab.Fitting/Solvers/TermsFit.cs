using System.Collections.Concurrent;
using MathNet.Numerics.Distributions;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Solvers;

/// <summary>
/// The optimum of a law made of terms, its bootstrap and its profiles. The bootstrap keeps the design and resamples the
/// residuals, scaled by sqrt(n / (n - p)) (Davison and Hinkley 1997, chapter 6): laws of one variable often stand on
/// five or six points, which resampled themselves would as often leave nothing to fit. Percentiles are stretched about
/// the estimate by Student's t over the normal.
/// </summary>
internal sealed class TermsFit
{
    private readonly TermsProblem _problem;

    private TermsFit(TermsProblem problem, IEnumerable<double[]> starts)
    {
        _problem = problem;
        var descents = Descents(problem, starts);
        Best = Lowest(descents);
        Starts = descents.Count;
        StartsAtOptimum = descents.Count(one => one.Value <= (Best.Value * (1 + 1e-6)) + problem.RoundingFloor);
    }

    public MinimizerResult Best { get; }

    /// <summary>The bootstrap's optima that converged, in draw order.</summary>
    public IReadOnlyList<double[]> Draws { get; private set; } = [];

    private int Starts { get; }

    private int StartsAtOptimum { get; }

    private int Failures { get; set; }

    private int Count => _problem.Targets.Length;

    // How many points are left over for the scatter.
    private int Freedom => Count - _problem.Law.Unknowns;

    /// <summary>The lowest of the places that the starts lead to.</summary>
    public static TermsFit Fit(TermsProblem problem, IEnumerable<double[]> starts) => new(problem, starts);

    /// <summary>Root of the mean squared residual.</summary>
    public double RootMeanSquare() => Math.Sqrt(Residuals().Average(one => one * one));

    /// <summary>Fits the law to as many resampled losses; the threads change no bit.</summary>
    /// <param name="law">Its name, for progress messages.</param>
    /// <param name="stream">Of the draws, beside the options' seed: each law has its own.</param>
    /// <param name="options">How often, and on how many threads.</param>
    /// <param name="runs">Which points are of one run, and take their residuals together; null: none.</param>
    public void Bootstrap(string law, int stream, FitOptions options, RunGroups? runs = null)
    {
        if (Freedom < 1)
            return;
        var residuals = Residuals();
        var stretch = Math.Sqrt(Count / (double)Freedom);
        double[] fitted = [.. Enumerable.Range(0, Count).Select(point => _problem.Predicted(point, Best.Theta))];
        var minimizer = _problem.Minimizer(_problem.Law.Bounds);
        // Rows by the hundred thousand are not asked of the memory anew for each of some thousand draws.
        var spare = new ConcurrentBag<(double[] Targets, int[] Donors)>();
        var found = ParallelWork.Map($"{law}, bootstrap", options.Bootstrap, options, draw =>
        {
            var random = new SplitMix64(unchecked(options.Seed + stream), draw);
            var room = spare.TryTake(out var free) ? free
                : (Targets: new double[fitted.Length], Donors: new int[fitted.Length]);
            var targets = room.Targets;
            runs?.Donors(ref random, room.Donors);
            for (var point = 0; point < targets.Length; point++)
                targets[point] = fitted[point]
                    + (stretch * residuals[runs is null ? random.NextIndex(targets.Length) : room.Donors[point]]);
            var descent = minimizer.Minimize(Best.Theta, _problem.Cost(targets, _problem.Delta));
            spare.Add(room);
            return descent.Converged ? descent.Theta : null;
        });
        Draws = [.. found.OfType<double[]>()];
        Failures = options.Bootstrap - Draws.Count;
    }

    /// <summary>
    /// 95 % interval of a positive quantity: the percentiles, stretched in its logarithm. Null without enough draws, or
    /// with an end beyond all numbers.
    /// </summary>
    private Interval? Interval95(Func<double[], double> value) =>
        StretchedInterval(value(Best.Theta), Draws.Select(value), Freedom);

    /// <summary>The same of an estimate and its draws, with so many points left over for the scatter.</summary>
    public static Interval? StretchedInterval(double estimate, IEnumerable<double> draws, int freedom)
    {
        if (Percentiles.Stretched(Math.Log(estimate), draws.Select(draw => Math.Log(draw)), freedom) is not { } raw)
            return null;
        var (low, high) = (Math.Exp(raw.Low), Math.Exp(raw.High));
        return double.IsFinite(low) && double.IsFinite(high) ? new Interval(low, high) : null;
    }

    /// <summary>The fit of a law with its status and what the bootstrap says of some quantities.</summary>
    public T Complete<T>(T law, IReadOnlyList<string> unidentified,
        IReadOnlyList<(string Name, Func<double[], double> Value)> quantities)
        where T : LawFit => law with
        {
            Status = !Best.Converged ? FitStatus.NotConverged : unidentified.Count > 0 ? FitStatus.Unidentified
                : FitStatus.Converged,
            StandardError = Percentiles.StandardErrors(Draws, quantities),
            Interval95 = Percentiles.Intervals(Draws, quantities, Interval95),
            BootstrapDraws = Draws.Count + Failures,
            BootstrapFailures = Failures,
            Unidentified = unidentified,
        };

    /// <summary>The same of a law that a summary tells all of.</summary>
    public T CompleteSummarized<T>(T law, IReadOnlyList<string> unidentified,
        IReadOnlyList<(string Name, Func<double[], double> Value)> quantities)
        where T : ManyStartsFit => Complete(law, unidentified, quantities) with
        {
            Starts = Starts,
            StartsAtOptimum = StartsAtOptimum,
            Scatter = RootMeanSquare(),
        };

    /// <summary>
    /// How far a quantity that theta holds the logarithm of (or, with <paramref name="plain"/>, itself) may go, up to a
    /// factor of ten either way, before the profile rejects it; the last value not rejected is the edge.
    /// </summary>
    public ProfileRange Profile(int index, bool plain = false)
    {
        var bounds = _problem.Law.Bounds;
        return ProfileWalk.Decade(Best, plain ? Best.Theta[index] : Math.Exp(Best.Theta[index]), (value, from) =>
        {
            var place = plain ? value : Math.Log(value);
            return place < bounds.Low[index] || place > bounds.High[index] ? null : Held(index, place, from);
        }, Rejected);
    }

    /// <summary>
    /// Whether the best fit with an unknown held there is worse than chance allows (F test of one restriction, 5 %).
    /// </summary>
    public bool Rejects(int index, double theta) => Rejected(Held(index, theta, Best.Theta));

    // A descent that left the numbers must not pass for the lowest.
    private static MinimizerResult Lowest(IEnumerable<MinimizerResult> descents) =>
        descents.MinBy(descent => double.IsNaN(descent.Value) ? double.PositiveInfinity : descent.Value)!;

    private static List<MinimizerResult> Descents(TermsProblem problem, IEnumerable<double[]> starts)
    {
        var minimizer = problem.Minimizer(problem.Law.Bounds);
        MinimizerResult Descend(double[] start, double delta) =>
            minimizer.Minimize(start, problem.Cost(problem.Targets, delta));
        var descents = starts.Select(start => Descend(start, problem.Delta)).ToList();
        if (double.IsPositiveInfinity(problem.Delta))
            return descents;
        // One more way in: the squared-error optimum, then Huber's delta lowered step by step.
        var theta = Lowest(descents).Theta;
        foreach (var factor in new[] { double.PositiveInfinity, 30, 10, 3 })
            theta = Descend(theta, factor * problem.Delta).Theta;
        return [.. descents, Descend(theta, problem.Delta)];
    }

    private MinimizerResult Held(int index, double value, double[] from) =>
        _problem.Minimizer(_problem.Law.Bounds.WithFixed(index, value))
            .Minimize(from, _problem.Cost(_problem.Targets, _problem.Delta));

    // An approximation for Huber's cost, on the careful side: it rejects less.
    private bool Rejected(MinimizerResult held)
    {
        var excess = held.Value - Best.Value;
        if (Best.Value <= _problem.RoundingFloor)
            return excess > 100 * _problem.RoundingFloor;
        return Freedom > 0 && excess / (Best.Value / Freedom) > FisherSnedecor.InvCDF(1, Freedom, 0.95);
    }

    private double[] Residuals() =>
        [.. Enumerable.Range(0, Count)
            .Select(point => _problem.Targets[point] - _problem.Predicted(point, Best.Theta))];
}
