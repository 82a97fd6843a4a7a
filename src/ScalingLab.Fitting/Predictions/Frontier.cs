using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Predictions;

/// <summary>The table of compute-optimal models at the observed budgets and a decade beyond.</summary>
/// <param name="Source">The fit that it comes from.</param>
/// <param name="Points">A point a budget.</param>
/// <param name="Warnings">What is extrapolated, and budgets and draws without an optimum.</param>
public sealed record Frontier(FrontierSource Source, IReadOnlyList<FrontierPoint> Points,
    IReadOnlyList<FitWarning> Warnings)
{
    private const int MostBudgets = 24;

    /// <summary>From the law where one is sure, else from the IsoFLOP laws where they converged, else empty.</summary>
    /// <param name="observations">The rows that stand behind it, repeats at what they are worth: their budgets are the
    /// table's.</param>
    /// <param name="law">The law; null where none is sure.</param>
    /// <param name="isoflop">Power laws through the minima; null where they were not asked for.</param>
    /// <param name="options">Budgets asked for, compute per token, threads.</param>
    public static Frontier Create(IReadOnlyList<LossObservation> observations, AdviceLaw? law, IsoFlopFit? isoflop,
        FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        var budgets = Budgets(observations, options);
        var seen = observations.Count == 0 ? new Interval(0, 0)
            : new Interval(
                observations.Min(one => Math.Min(one.Flops, one.BudgetFlops ?? one.Flops)),
                observations.Max(one => one.BudgetFlops ?? one.Flops));
        if (law is not null)
        {
            List<(FrontierPoint Point, int Lost)> all = [.. budgets.Select(flops => AtBudget(law, flops, options))];
            FrontierPoint[] found = [.. all.Select(one => one.Point).Where(point => double.IsFinite(point.Parameters))
                .Select(point => point with { Extrapolated = IsBeyond(point.Flops, seen) })];
            return found.Length == 0 ? new Frontier(FrontierSource.None, [], [.. LossWarnings(all, law.Draws.Count)])
                : new Frontier(law.Source, found,
                    [Extrapolation(seen, budgets), .. LossWarnings(all, law.Draws.Count)]);
        }

        return AtBudgets(budgets, seen, isoflop);
    }

    /// <summary>
    /// The table at the budgets of minima (ascending) and a decade beyond, from the laws through them; empty unless
    /// those converged.
    /// </summary>
    public static Frontier FromMinima(IReadOnlyList<double> observedFlops, IsoFlopFit isoflop, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observedFlops);
        ArgumentNullException.ThrowIfNull(isoflop);
        ArgumentNullException.ThrowIfNull(options);
        return observedFlops.Count == 0 ? new Frontier(FrontierSource.None, [], [])
            : AtBudgets(AndBeyond(observedFlops, options), new Interval(observedFlops[0], observedFlops[^1]), isoflop);
    }

    private static Frontier AtBudgets(IReadOnlyList<double> budgets, Interval seen, IsoFlopFit? isoflop) =>
        isoflop is not { Status: FitStatus.Converged, ParametersLaw: { } sizes, TokensLaw: { } lengths }
            ? new Frontier(FrontierSource.None, [], [])
            : new Frontier(
                FrontierSource.IsoFlop,
                [.. budgets.Select(flops =>
                    IsoFlop(flops, sizes, lengths, isoflop.Draws) with { Extrapolated = IsBeyond(flops, seen) })],
                [Extrapolation(seen, budgets)]);

    private static bool IsBeyond(double flops, Interval seen) =>
        flops > seen.High * (1 + 1e-9) || flops < seen.Low * (1 - 1e-9);

    private static FitWarning Extrapolation(Interval seen, IReadOnlyList<double> budgets) => new("extrapolation",
        Invariant($"Frontier points beyond {seen.High:0.##e0} FLOPs, the largest budget observed, are extrapolated")
        + (budgets.Any(flops => flops < seen.Low * (1 - 1e-9))
            ? Invariant($"; so are those below {seen.Low:0.##e0}, the smallest.") : "."));

    /// <summary>
    /// The law's optimum for a budget and how many draws have none; the numbers are NaN where the law itself has none.
    /// Extrapolated is the caller's to say.
    /// </summary>
    internal static (FrontierPoint Point, int LostDraws) AtBudget(AdviceLaw law, double flops, FitOptions options)
    {
        var (parameters, tokens) = Optimum(flops, law.Law, options);
        var spread =
            ParallelWork.Map<(double Parameters, double Tokens, double Loss)>("frontier", law.Draws.Count, options,
                draw =>
        {
            var (n, d) = Optimum(flops, law.Draws[draw], options);
            return (n, d, law.Draws[draw].Loss(n, d));
        });
        var interval = Percentiles.Interval95(spread.Select(one => one.Parameters)) is { } ofParameters
            && Percentiles.Interval95(spread.Select(one => one.Tokens)) is { } ofTokens
            && Percentiles.Interval95(spread.Select(one => one.Loss)) is { } ofLoss
                ? new FrontierInterval(ofParameters, ofTokens, ofLoss)
                : null;
        var lost = spread.Count(one => !double.IsFinite(one.Parameters) || !double.IsFinite(one.Tokens));
        return (new FrontierPoint(flops, parameters, tokens, law.Law.Loss(parameters, tokens), false, interval), lost);
    }

    /// <summary>The loss at a budget's optimum in each draw of the law's bootstrap; not finite where it has
    /// none.</summary>
    internal static IReadOnlyList<double> LossDraws(AdviceLaw law, double flops, FitOptions options) =>
        ParallelWork.Map("losses of budgets", law.Draws.Count, options, draw =>
        {
            var (n, d) = Optimum(flops, law.Draws[draw], options);
            return law.Draws[draw].Loss(n, d);
        });

    // The observed budgets (or, where runs have no common budgets, eight a decade), the half decade and the decade
    // beyond, and what was asked for.
    private static IReadOnlyList<double> Budgets(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        if (observations.Count == 0)
            return [];
        List<double> budgets = [.. IsoFlopGroups.Split(observations).Budgets.Select(group => group.Flops)];
        if (budgets.Count is 0 or > MostBudgets)
        {
            var (low, high) =
                (Math.Log10(observations.Min(one => one.Flops)), Math.Log10(observations.Max(one => one.Flops)));
            var steps = Math.Clamp((int)Math.Ceiling(8 * (high - low)), 1, MostBudgets - 1);
            budgets =
                [.. Enumerable.Range(0, steps + 1).Select(step => Math.Pow(10, low + ((high - low) * step / steps)))];
        }

        // Runs outside budgets may be so much larger that a decade beyond the budgets is none beyond the runs.
        var largest = observations.Max(one => one.BudgetFlops ?? one.Flops);
        if (largest >= 10 * budgets[^1])
            budgets.Add(largest);
        return AndBeyond(budgets, options);
    }

    private static IReadOnlyList<double> AndBeyond(IReadOnlyList<double> ascending, FitOptions options) =>
        [.. ascending.Concat([ascending[^1] * Math.Sqrt(10), ascending[^1] * 10]).Concat(options.TargetFlops).Distinct()
            .Order()];

    private static IEnumerable<FitWarning> LossWarnings(List<(FrontierPoint Point, int Lost)> all, int draws)
    {
        if (all.Count(one => !double.IsFinite(one.Point.Parameters)) is var without and > 0)
        {
            yield return new FitWarning("no-optimum", Invariant(
                $"At {without} of {all.Count} budgets the law has no lowest loss over N: in these rows a larger model costs no more a token. ",
                $"Is the column of compute what it should be?"));
        }

        if (all.Max(one => one.Lost) is var most && most > 0.05 * draws)
        {
            yield return new FitWarning("optimum-draws-lost", Invariant(
                $"In up to {most} of {draws} bootstrap draws a budget has no lowest loss over N; the frontier's intervals leave them out."));
        }
    }

    private static FrontierPoint IsoFlop(
        double flops, PowerLaw sizes, PowerLaw lengths, IReadOnlyList<(PowerLaw Parameters, PowerLaw Tokens)> draws)
    {
        var interval = Percentiles.Interval95(draws.Select(draw => draw.Parameters.At(flops))) is { } ofParameters
            && Percentiles.Interval95(draws.Select(draw => draw.Tokens.At(flops))) is { } ofTokens
                ? new FrontierInterval(ofParameters, ofTokens, null)
                : null;
        return new FrontierPoint(flops, sizes.At(flops), lengths.At(flops), null, false, interval);
    }

    private static (double Parameters, double Tokens) Optimum(double flops, ParametricLaw law, FitOptions options) =>
        options.FlopsPerToken is { } flopsPerToken ? law.Optimum(flops, flopsPerToken) : law.Optimum(flops);
}
