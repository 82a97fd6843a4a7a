namespace ScalingLab.Fitting;

/// <summary>The table of compute-optimal models at the observed budgets and a decade beyond.</summary>
public static class Frontier
{
    private const int MostBudgets = 24;

    /// <summary>
    /// From the parametric law where it converged, else from the IsoFLOP laws where they did, else empty.
    /// </summary>
    public static (FrontierSource Source, IReadOnlyList<FrontierPoint> Points) Of(
        IReadOnlyList<LossObservation> observations, ParametricFit parametric, IsoFlopFit isoflop, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(parametric);
        ArgumentNullException.ThrowIfNull(isoflop);
        ArgumentNullException.ThrowIfNull(options);
        var budgets = Budgets(observations, options);
        var largest = observations.Count == 0 ? 0 : observations.Max(one => one.BudgetFlops ?? one.Flops);
        bool Beyond(double flops) => flops > largest * (1 + 1e-9);
        if (parametric is { Status: FitStatus.Converged, Law: { } law })
        {
            return (FrontierSource.Parametric,
                [.. budgets.Select(flops => Parametric(flops, law, parametric.Draws, options) with { Extrapolated = Beyond(flops) })]);
        }

        if (isoflop is { Status: FitStatus.Converged, ParametersLaw: { } sizes, TokensLaw: { } lengths })
        {
            return (FrontierSource.IsoFlop,
                [.. budgets.Select(flops => IsoFlop(flops, sizes, lengths, isoflop.Draws) with { Extrapolated = Beyond(flops) })]);
        }

        return (FrontierSource.None, []);
    }

    /// <summary>The table at given budgets and a decade beyond, from IsoFLOP laws alone; empty unless they converged.</summary>
    public static IReadOnlyList<FrontierPoint> Of(IReadOnlyList<double> observedFlops, IsoFlopFit isoflop, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observedFlops);
        ArgumentNullException.ThrowIfNull(isoflop);
        ArgumentNullException.ThrowIfNull(options);
        if (isoflop is not { Status: FitStatus.Converged, ParametersLaw: { } sizes, TokensLaw: { } lengths })
            return [];
        var largest = observedFlops.Max();
        return [.. AndBeyond([.. observedFlops.Order()], options)
            .Select(flops => IsoFlop(flops, sizes, lengths, isoflop.Draws) with { Extrapolated = flops > largest * (1 + 1e-9) })];
    }

    // The observed budgets (or, where runs have no common budgets, eight a decade), the half decade and the decade
    // beyond, and what was asked for.
    private static IReadOnlyList<double> Budgets(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        if (observations.Count == 0)
            return [];
        List<double> budgets = [.. IsoFlopGroups.Of(observations).Budgets.Select(group => group.Flops)];
        if (budgets.Count is 0 or > MostBudgets)
        {
            var (low, high) = (Math.Log10(observations.Min(one => one.Flops)), Math.Log10(observations.Max(one => one.Flops)));
            var steps = Math.Clamp((int)Math.Ceiling(8 * (high - low)), 1, MostBudgets - 1);
            budgets = [.. Enumerable.Range(0, steps + 1).Select(step => Math.Pow(10, low + ((high - low) * step / steps)))];
        }

        return AndBeyond(budgets, options);
    }

    private static IReadOnlyList<double> AndBeyond(List<double> ascending, FitOptions options) =>
        [.. ascending.Concat([ascending[^1] * Math.Sqrt(10), ascending[^1] * 10]).Concat(options.TargetFlops).Distinct().Order()];

    private static FrontierPoint Parametric(double flops, ParametricLaw law, IReadOnlyList<ParametricLaw> draws, FitOptions options)
    {
        var (parameters, tokens) = Optimum(flops, law, options);
        var spread = new (double Parameters, double Tokens, double Loss)[draws.Count];
        Parallel.For(0, draws.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, draw =>
        {
            var (n, d) = Optimum(flops, draws[draw], options);
            spread[draw] = (n, d, draws[draw].Loss(n, d));
        });
        var interval = Percentiles.Interval95(spread.Select(one => one.Parameters)) is { } ofParameters
            && Percentiles.Interval95(spread.Select(one => one.Tokens)) is { } ofTokens
            && Percentiles.Interval95(spread.Select(one => one.Loss)) is { } ofLoss
                ? new FrontierInterval(ofParameters, ofTokens, ofLoss)
                : null;
        return new FrontierPoint(flops, parameters, tokens, law.Loss(parameters, tokens), false, interval);
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
