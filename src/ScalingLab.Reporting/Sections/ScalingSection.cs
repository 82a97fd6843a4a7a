using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Sections.Laws;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>
/// How loss goes with size and compute: the law of the runs in short, and what can be said without one.
/// </summary>
internal static class ScalingSection
{
    /// <summary>
    /// Each sure law's sentence; without one, of a sweep that asks for nothing else, the best size of each budget or
    /// the way of the loss.
    /// </summary>
    public static IReadOnlyList<string> Findings(IReadOnlyList<RunRow> runs, SweepFits fits)
    {
        var question = fits.Question;
        var sure = fits.Shown.Where(v => v.IsSure).ToList();
        if (sure.Count > 0)
            return [.. sure.Select(v => v.Variant.Length == 0 ? v.Headline : $"{v.Variant}: {v.Headline}")];
        if (question.Lead != SweepTopic.Scaling) return [];
        List<string> found = [.. fits.Shown.SelectMany(Minima), .. question.AsksForLaw ? [] : OneAxis(question, runs)];
        return found.Count > 0 ? found : [.. fits.Shown.Select(v => v.Headline)];
    }

    /// <summary>
    /// Exponents, profiles and frontier of one recipe; of several laws their exponents beside one another.
    /// </summary>
    public static IEnumerable<Block> Write(SweepFits fits, FigureNumbers figures)
    {
        if (fits.Shown.Count == 0)
        {
            if (fits.Question.Lead != SweepTopic.Scaling) yield break;
            foreach (var block in figures.Take(ReportFigures.At(ReportPlace.Losses))) yield return block;
            yield break;
        }

        yield return new Heading(2, "Compute-optimal model and data");
        if (IsInFull(fits))
        {
            foreach (var block in FitSection.Summary(fits.Shown[0].Fit, figures)) yield return block;
            yield break;
        }

        yield return new Paragraph(
            "Exponents of N_opt ~ C^a of each recipe with a sure law; the appendix has each law in full.");
        yield return new Table(
            ["recipe", "runs", "a, parametric", "a, IsoFLOP minima"],
            [.. fits.Shown.Select(v => (IReadOnlyList<Line>)[
                v.Variant.Length == 0 ? "all" : v.Variant, ReportText.Whole(v.Runs.Count),
                v.Fit.Parametric is { Status: FitStatus.Converged, ParametersExponent: { } a } law
                    ? ReportText.With(a, law.Interval95, "a") : "not sure",
                v.Fit.Isoflop is { Status: FitStatus.Converged, ParametersExponent: { } b } minima
                    ? ReportText.With(b, minima.Interval95, "a") : "not sure",
            ])]);
    }

    /// <summary>Whether <see cref="Write"/> has the summary of the one law there is.</summary>
    public static bool IsInFull(SweepFits fits) => fits.Shown.Count == 1 && fits.Question.Lead == SweepTopic.Scaling;

    private static IEnumerable<string> Minima(VariantFit law) => (law.Fit.Isoflop?.Minima ?? [])
        .Where(m => m is { Status: MinimumStatus.Interior, Parameters: not null }).OrderBy(m => m.Flops)
        .Select(m => $"{Numbers.Scientific(m.Flops)} FLOPs are spent best on N = "
            + $"{ReportText.Count(m.Parameters, m.ParametersInterval95)}"
            + (m.Tokens is { } d ? $" and D = {ReportText.Count(d, m.TokensInterval95)} tokens." : "."));

    // One size, or one length: means over the seeds, from the least to the most.
    private static IEnumerable<string> OneAxis(SweepQuestion question, IReadOnlyList<RunRow> runs)
    {
        var bySize = question.Models > 1;
        var length = RunLength.Among(runs);
        var means = runs.Where(r => r is { State: RunState.Completed, LossValidation: not null })
            .GroupBy(r => (r.Model, Length: length(r)))
            .Select(g =>
                (g.Key.Model, N: g.First().ParametersWithHead, D: g.Average(r => (double)r.Tokens),
                    Loss: g.Average(r => r.LossValidation!.Value)))
            .OrderBy(m => bySize ? m.N : m.D).ToList();
        if (means.Count < 2) yield break;
        var best = means.MinBy(m => m.Loss);
        if (bySize)
        {
            yield return $"Of {ReportText.Whole(means.Count)} sizes on {Numbers.Count(best.D)} tokens {best.Model} (N "
                + $"= {Numbers.Count(best.N)}) has the lowest "
                + $"loss, {Numbers.Loss(best.Loss)} nats/token"
                + (best == means[^1] ? "; it is the largest, so a larger one may be better still." : ".");
            yield break;
        }

        var (first, last) = (means[0], means[^1]);
        var doubling = (last.Loss - means[^2].Loss) / Math.Log2(last.D / means[^2].D);
        yield return $"{first.Model}: the loss goes from {Numbers.Loss(first.Loss)} on {Numbers.Count(first.D)} tokens "
            + $"to {Numbers.Loss(last.Loss)} on "
            + $"{Numbers.Count(last.D)}; at the end a doubling of the tokens changes it by "
                + $"{ReportText.Signed(doubling)} nats/token.";
    }
}
