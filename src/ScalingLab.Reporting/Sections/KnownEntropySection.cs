using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>
/// Runs on a source whose entropy is known: each law's E, the loss that no model could pass, beside the truth.
/// </summary>
internal static class KnownEntropySection
{
    // Estimates of one source by the same sequences are the same number; of others they differ by more.
    private const double Same = 1e-9;

    /// <summary>A law's E.</summary>
    private sealed record FittedFloor(string Law, FitStatus Status, double? E, Interval? Interval95);

    /// <summary>The E of the parametric law beside the truth, in a sentence.</summary>
    public static IReadOnlyList<string> Findings(SweepFits fits) =>
    [
        .. from variant in fits.Variants
           let truth = Truth(variant)
           let law = variant.Fit.Parametric
           where truth is not null && law is { Status: FitStatus.Converged, E: not null }
           let interval = law.Interval95?.GetValueOrDefault("E")
           select $"{Of(fits, variant)}The fitted E is {Numbers.Loss(law.E!.Value)} nats/token"
               + (interval is null ? "" : $" (95 %: {ReportText.Loss(interval)})")
               + $"; the true entropy is {Describe(truth)}: {Apart(law.E.Value, truth.Rate)} off.",
    ];

    public static IEnumerable<Block> Write(SweepFits fits)
    {
        var known = fits.Variants.Where(variant => variant.Runs.Any(r => r.Run.Entropy is not null)).ToList();
        if (known.Count == 0) yield break;
        yield return new Heading(2, "Known entropy");
        yield return new Paragraph("The tokens are drawn from a source whose entropy is known (docs/known-entropy.md): "
            + "the least expected loss of any model of this context. E is what each law takes for it.");
        foreach (var variant in known)
        {
            foreach (var block in Of(variant, Of(fits, variant))) yield return block;
        }
    }

    private static IEnumerable<Block> Of(VariantFit variant, string named)
    {
        if (Truth(variant) is not { } truth)
        {
            yield return new Paragraph($"{named}The runs' contexts differ, and with them the entropy "
                + "(entropy_rate in runs.csv): no one truth is to be held against E.");
            yield break;
        }

        var best = variant.Runs.MinBy(r => r.Run.LossValidation)!.Run;
        var ideal = truth.LossIdeal ?? truth.Rate;
        var luck = truth.LossIdeal is { } measured
            ? $" The ideal predictor scores {Numbers.Loss(measured)} on the runs' validation set." : "";
        var left = Numbers.Loss(best.LossValidation!.Value - ideal);
        yield return new Paragraph($"{named}The true entropy is {Describe(truth)}.{luck} The best run, {best.Model} on "
            + $"{Numbers.Count(best.Tokens)} tokens, ends {left} above it.");
        yield return new Table(
            ["law", "status", "E", "95 %", "E off the truth", "truth in the interval"],
            [.. Floors(variant.Fit).Select(floor => (IReadOnlyList<Line>)[
                floor.Law, EnumNames.ToName(floor.Status), floor.E is { } e ? Numbers.Loss(e) : "",
                floor.Interval95 is { } interval ? ReportText.Loss(interval) : "",
                floor.E is { } fitted ? Apart(fitted, truth.Rate) : "",
                floor.Interval95 is { } span ? Covers(span, truth) : "",
            ])], TextColumns: 2);
    }

    private static IEnumerable<FittedFloor> Floors(FitDocument fit)
    {
        if (fit.Parametric is { } parametric)
            yield return new("L(N, D)", parametric.Status, parametric.E, E(parametric.Interval95));
        if (fit.OverTraining is { } overTraining)
            yield return new("over-training", overTraining.Status, overTraining.E, E(overTraining.Interval95));
        if (fit.DataConstrained is { } repeated)
            yield return new("repeated data", repeated.Status, repeated.E, E(repeated.Interval95));
        if (fit.Kaplan is not { } kaplan) yield break;
        foreach (var law in (Fitting.Laws.Kaplan.KaplanLaw[])[kaplan.Parameters, kaplan.Tokens, kaplan.Compute])
            yield return new($"L({law.Variable}) with a floor", law.WithFloor.Status, law.WithFloor.E,
                E(law.WithFloor.Interval95));
    }

    private static Interval? E(IReadOnlyDictionary<string, Interval>? intervals) => intervals?.GetValueOrDefault("E");

    /// <summary>What the runs say of their source; null where they say nothing, or differ.</summary>
    private static KnownEntropy? Truth(VariantFit variant)
    {
        var known = variant.Runs.Select(r => r.Run.Entropy).OfType<KnownEntropy>().ToList();
        return known.Count > 0 && known.TrueForAll(other => Math.Abs(other.Rate - known[0].Rate) < Same)
            ? known[0] : null;
    }

    private static string Describe(KnownEntropy truth) => $"{Numbers.Loss(truth.Rate)} nats/token ("
        + (truth.Upper > truth.Lower ? $"95 %: {Numbers.Loss(truth.Lower)} to {Numbers.Loss(truth.Upper)})" : "exact)");

    private static string Of(SweepFits fits, VariantFit variant) =>
        fits.Variants.Count == 1 || variant.Variant.Length == 0 ? "" : $"{variant.Variant}: ";

    private static string Apart(double fitted, double rate)
    {
        var share = (fitted - rate) / rate;
        return $"{(share < 0 ? "" : "+")}{Numbers.Fixed(100 * share, 2)} %";
    }

    private static string Covers(Interval interval, KnownEntropy truth) =>
        interval.Low <= truth.Upper && truth.Lower <= interval.High ? "yes"
        : interval.Low > truth.Upper ? "no, below it" : "no, above it";
}
