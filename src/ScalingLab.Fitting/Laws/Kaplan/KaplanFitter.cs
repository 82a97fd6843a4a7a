using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Kaplan;

/// <summary>
/// Kaplan et al. 2020's laws L(N), L(D) and L(C), each as a pure power law and with a floor, by least squares on ln L
/// (as theirs; Huber's cost would trust one of five points too little and the fifth too much).
/// </summary>
public static class KaplanFitter
{
    private const double NegligibleShare = 1e-3;

    // Where D ranges further than this over the rows of L(N), the law of N alone holds data's share too.
    private const double TokensAlike = 1.5;

    /// <summary>
    /// Fits usable observations (<see cref="ObservationChecks.Check"/>). L(N) is taken from the most-trained runs of
    /// each size, and a constant D suits it best; L(D) from the largest size with at least four different D; L(C) from
    /// the lowest loss of each budget, or from the runs that no cheaper run beats. Each needs three different values,
    /// with a floor five.
    /// </summary>
    public static KaplanFit Fit(IReadOnlyList<LossObservation> observations, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(options);
        ParallelWork.Begin("Kaplan's laws", options);
        observations = [.. observations.Select((one, index) => one with { Row = one.Row ?? index + 1 })];
        var warnings = new List<FitWarning>();
        var chosen = KaplanRows.MostTrained(observations);
        var sizes = Law("N", chosen, one => one.Parameters, options, 0x4B41, warnings);
        if (sizes.PowerLaw.Status == FitStatus.Converged && chosen.TokensSpread > TokensAlike)
        {
            warnings.Add(new FitWarning("kaplan-tokens-vary", Invariant(
                $"The runs behind L(N) differ in tokens by a factor of {chosen.TokensSpread:G3}: its alpha is not that of size alone.")));
        }

        var lengths = Law("D", KaplanRows.LargestAdequate(observations), one => one.Tokens, options, 0x4B42, warnings);
        var budgets = Law("C", KaplanRows.LowestOfBudget(observations), one => one.Flops, options, 0x4B43, warnings);
        KaplanLaw[] laws = [sizes, lengths, budgets];
        var a = Ratio(sizes.PowerLaw, budgets.PowerLaw);
        if (a >= 1)
        {
            warnings.Add(new FitWarning("kaplan-exponent-unidentified", Invariant(
                $"alpha_C / alpha_N is {a:F2}, which no size could follow: the runs behind L(N) are too short to show what size is worth.")));
            a = null;
        }

        var interval = a is null ? null : TermsFit.StretchedInterval(
            a.Value,
            sizes.PowerLaw.Draws.Zip(budgets.PowerLaw.Draws, (ofSize, ofCompute) => ofCompute / ofSize),
            Math.Min(sizes.Points, budgets.Points) - 2);
        return new KaplanFit
        {
            Status = laws.Any(law => law.PowerLaw.Status == FitStatus.Converged) ? FitStatus.Converged
                : sizes.PowerLaw.Status,
            Parameters = sizes,
            Tokens = lengths,
            Compute = budgets,
            ParametersExponent = a,
            TokensExponent = 1 - a,
            Interval95 = interval is null ? null : new Dictionary<string, Interval>
            {
                ["a"] = interval,
                ["b"] = new(1 - interval.High, 1 - interval.Low),
            },
            Warnings = warnings,
        };
    }

    private static double? Ratio(KaplanCurve sizes, KaplanCurve budgets) =>
        sizes is { Status: FitStatus.Converged, Alpha: { } ofSize }
        && budgets is { Status: FitStatus.Converged, Alpha: { } ofCompute }
            ? ofCompute / ofSize
            : null;

    private static KaplanLaw Law(
        string variable, ChosenRows chosen, Func<LossObservation, double> value, FitOptions options, int stream,
        List<FitWarning> warnings)
    {
        double[] values = [.. chosen.Rows.Select(value)], losses = [.. chosen.Rows.Select(one => one.Loss)];
        var different = KaplanRows.Groups(chosen.Rows, value, 1.001).Count();
        var power = Curve(values, losses, different, false, options, stream);
        var floor = Curve(values, losses, different, true, options, unchecked(stream + 0x100));
        var name = "L(" + variable + ")";
        if (power.Status == FitStatus.TooFewPoints)
        {
            warnings.Add(new FitWarning(Invariant($"kaplan-{Describe(variable)}-too-few-points"), Invariant(
                $"{name} needs at least 3 different values of {variable} among {chosen.From}; there are {different}.")));
        }
        else if (power.Status != FitStatus.Converged)
        {
            warnings.Add(new FitWarning(Invariant($"kaplan-{Describe(variable)}-unidentified"),
                $"The loss does not fall as a power of {variable} over {chosen.From}: {name} has no exponent."));
        }
        else if (floor.Status == FitStatus.Unidentified)
        {
            warnings.Add(new FitWarning(Invariant($"kaplan-{Describe(variable)}-floor-unidentified"),
                $"{name} is fitted as well without a floor, or with any of many: quote the pure power law, and "
                    + "extrapolate neither."));
        }

        return new KaplanLaw
        {
            Variable = variable,
            RowsFrom = chosen.From,
            Points = chosen.Rows.Count,
            Rows = [.. chosen.Rows.Select(one => one.Row!.Value)],
            PowerLaw = power,
            WithFloor = floor,
        };
    }

    private static string Describe(string variable) =>
        variable switch { "N" => "parameters", "D" => "tokens", _ => "compute" };

    private static KaplanCurve Curve(double[] values, double[] losses, int different, bool floor, FitOptions options,
        int stream)
    {
        if (different < (floor ? 5 : 3))
            return new KaplanCurve { Status = FitStatus.TooFewPoints };
        var law = new PowerTerms(values, losses, floor);
        var fit =
            TermsFit.Fit(new TermsProblem(law, losses, ResidualKind.Log, double.PositiveInfinity, options.Stop),
                law.Starts());
        var unidentified = Unidentified(fit, law);
        // A pure power law without a slope is not a law: no numbers.
        if (!floor && unidentified.Count > 0)
            return new KaplanCurve { Status = FitStatus.Unidentified, Unidentified = unidentified };
        // Draws of what the data do not hold would only look like an interval.
        if (unidentified.Count == 0)
            fit.Bootstrap("Kaplan's laws", stream, options);
        (string, Func<double[], double>)[] quantities =
        [
            ("alpha", theta => theta[1]),
            ("scale", theta => Math.Exp(law.LogScale(theta))),
            .. floor ? [("E", (Func<double[], double>)(theta => Math.Exp(theta[2])))]
                : Array.Empty<(string, Func<double[], double>)>(),
        ];
        var scale = Math.Exp(law.LogScale(fit.Best.Theta));
        return fit.Complete(new KaplanCurve
        {
            Status = FitStatus.Unidentified,
            E = floor ? Math.Exp(fit.Best.Theta[2]) : null,
            Alpha = fit.Best.Theta[1],
            Scale = double.IsFinite(scale) ? scale : null,
            Scatter = fit.RootMeanSquare(),
            Draws = [.. fit.Draws.Select(theta => theta[1])],
            LogScaleDraws = [.. fit.Draws.Select(law.LogScale)],
        }, unidentified, quantities);
    }

    private static List<string> Unidentified(TermsFit fit, PowerTerms law)
    {
        var names = new List<string>();
        if (fit.Profile(1, plain: true).IsWide)
            names.Add("alpha");
        if (law.Terms == 2)
        {
            var negligible = Math.Log(NegligibleShare * law.LowestLoss);
            if (fit.Best.Theta[2] <= negligible || !fit.Rejects(2, negligible))
                names.Add("E");
        }

        return names;
    }
}
