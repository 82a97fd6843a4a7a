using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Documents;

/// <summary>
/// What ten times the compute should buy, in a sentence that a reader can quote; from converged fits alone.
/// </summary>
public static class FitHeadline
{
    /// <summary>The sentence; where no fit converged it says what is not known, and why.</summary>
    public static string Write(FitDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document.Warnings.Any(warning => warning.Code == FitWarning.ImpossibleUnits))
            return "What 10x the compute should buy is not said, and no advice is given: the numbers cannot be in the "
                + "units that they were taken for.";
        var parts = new List<string>();
        var (parametric, isoflop) = (document.Parametric, document.Isoflop);
        if (document is { FrontierSource: FrontierSource.DataConstrained, AdviceLaw: { } fresh })
        {
            parts.Add(Part(fresh.Law.ParametersExponent, fresh.Law.TokensExponent, fresh.Interval95, "data-constrained "
                + "law, fresh text"));
        }
        else if (parametric is { Status: FitStatus.Converged, ParametersExponent: { } a, TokensExponent: { } b })
        {
            var source = document.FrontierFlops == FlopsCounting.SixND ? "parametric fit" : "parametric fit, C = 6ND";
            if (!document.Input.Options.Pins.IsNone)
                source += $" with {document.Input.Options.Pins} pinned";
            parts.Add(Part(a, b, parametric.Interval95, source));
        }

        if (isoflop is { Status: FitStatus.Converged, ParametersExponent: { } k, TokensExponent: { } l })
            parts.Add(Part(k, l, isoflop.Interval95, isoflop.Given ? "given minima" : "IsoFLOP minima"));
        if (parts.Count == 0)
            return Unknown(document);
        // 5.5 and 1.8 are Kaplan et al.'s advice as Hoffmann et al. 2022 quote it; 3.2 and 3.2 the latter's equal
        // scaling, 10^0.5.
        return "10x the compute means " + string.Join(", or ", parts)
            + ". Kaplan et al. 2020 would have it x5.5 model and x1.8 data; Hoffmann et al. 2022 (Chinchilla) x3.2 and x3.2."
            + Flagged(document.Input) + Repeated(document);
    }

    private static string Repeated(FitDocument document) =>
        document.RepeatedRows is { } repeated ? " " + repeated.Sentence : "";

    private static string Flagged(FitInput input) => input.Flagged.Count == 0 ? "" : Invariant(
        $" {input.Flagged.Count} of the {input.Points} runs in it {(input.Flagged.Count == 1 ? "is" : "are")} flagged ",
        $"({ObservationChecks.FlagCounts(input.Flagged.Select(one => one.Flags))}).");

    private static string Part(double a, double b, IReadOnlyDictionary<string, Interval>? intervals, string source)
    {
        var spread = intervals?.GetValueOrDefault("a") is { } ofA && intervals.GetValueOrDefault("b") is { } ofB
            ? ofA.Width == 0 ? "fixed by the pins" : $"95 %: {Span(ofA)} and {Span(ofB)}"
            : "no interval";
        return $"{Times(a)} model and {Times(b)} data ({source}; {spread})";
    }

    private static string Unknown(FitDocument document)
    {
        if (document.Parametric is null && document.Isoflop is null)
            return "What 10x the compute should buy was not asked: it takes the parametric law or the IsoFLOP minima.";
        var reasons = (document.Parametric?.Warnings ?? []).Concat(document.Isoflop?.Warnings ?? [])
            .Select(warning => warning.Text).Distinct().ToList();
        // A document read back from JSON keeps its warnings at the top only.
        if (reasons.Count == 0)
            reasons = [.. document.Warnings.Select(warning => warning.Text)];
        return Invariant($"What 10x the compute should buy is not known from these {document.Input.Points} points. ")
            + string.Join(" ", reasons) + Flagged(document.Input) + Repeated(document);
    }

    private static string Span(Interval exponent) => $"{Times(exponent.Low)} to {Times(exponent.High)}";

    private static string Times(double exponent) => Invariant($"x{Math.Pow(10, exponent):F1}");
}
