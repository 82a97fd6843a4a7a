using System.Globalization;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Sections.Laws;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>All that a report is written from.</summary>
internal sealed record ReportContent(
    SweepTable Sweep, SweepFits Fits, RecipeComparison Recipes, RepetitionStudy Repetition,
    IReadOnlyList<DrawnFigure> Figures,
    IReadOnlyList<FigureLeftOut> LeftOut, ReportOptions Options);

/// <summary>
/// The report: first what the sweep asked and the answer, with its figure; then, in an appendix for a referee, what was
/// run, counted, fitted, left out and spent, and how to do it again.
/// </summary>
internal static class Report
{
    public static string Title(SweepTable sweep) => $"{sweep.Name}: scaling report";

    public static IReadOnlyList<Block> Write(ReportContent content)
    {
        var (sweep, fits, figures) = (content.Sweep, content.Fits, new FigureNumbers(content.Figures));
        var blocks = new List<Block> { new Heading(1, Title(sweep)) };
        if (content.Options.WrittenAt is { } date)
            blocks.Add(
                new Paragraph(
                    $"Written {date.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}."));
        blocks.Add(new Heading(2, "Question and result"));
        blocks.Add(new Paragraph(sweep.About.Question ?? "The grid states no question."));
        foreach (var finding in Findings(sweep, fits, content.Recipes, content.Repetition))
            blocks.Add(new Finding(finding));
        foreach (var topic in fits.Question.Topics) blocks.AddRange(Answer(topic, content, figures));
        blocks.AddRange(KnownEntropySection.Write(fits));
        blocks.AddRange(ScoresSection.Write(sweep.Runs, fits, figures));
        blocks.AddRange(RunsSection.Write(content));
        blocks.Add(new Heading(2, "Appendix"));
        blocks.Add(new Contents());
        blocks.AddRange(RunsSection.Losses(content, figures));
        blocks.AddRange(RepetitionSection.Differences(content.Repetition));
        blocks.AddRange(RecipesSection.Details(content.Recipes, figures));
        blocks.AddRange(MethodSection.Write(content));
        foreach (var fit in fits.Shown)
            blocks.AddRange(FitSection.Write(fit, fits.Variants.Count, ScalingSection.IsInFull(fits), figures));
        blocks.AddRange(Warnings(fits));
        blocks.AddRange(FlaggedSection.Write(sweep, content.Options.ExcludeFlagged));
        blocks.AddRange(CostSection.Excluded(fits, sweep.Runs.Count));
        blocks.AddRange(CostSection.Write(sweep, CostTable.Price(sweep.About, content.Options)));
        blocks.AddRange(figures.Take(ReportFigures.At(ReportPlace.Machine)));
        blocks.AddRange(ReproductionSection.Write(content));
        blocks.AddRange(EveryRunSection.Write(sweep.Runs));
        blocks.AddRange(References.Write(blocks));
        return blocks;
    }

    /// <summary>What is found, topic by topic; the first answers what the sweep asked.</summary>
    public static IReadOnlyList<string> Findings(SweepTable sweep, SweepFits fits, RecipeComparison recipes,
        RepetitionStudy repetition)
    {
        if (!sweep.Runs.Any(r => r is { State: RunState.Completed, LossValidation: not null }))
            return ["No run completed, so nothing is known yet."];
        return [.. fits.Question.Topics.SelectMany(topic => topic switch
        {
            SweepTopic.Repetition => RepetitionSection.Findings(repetition, fits),
            SweepTopic.Recipes => RecipesSection.Findings(recipes, sweep.Runs),
            SweepTopic.Scaling => ScalingSection.Findings(sweep.Runs, fits),
            _ => NoiseSection.Findings(sweep.Runs),
        }), .. KnownEntropySection.Findings(fits), .. ScoresSection.Findings(fits)];
    }

    private static IEnumerable<Block> Answer(SweepTopic topic, ReportContent content, FigureNumbers figures) =>
        topic switch
    {
        SweepTopic.Repetition => RepetitionSection.Write(content.Repetition, figures),
        SweepTopic.Recipes => RecipesSection.Write(content.Recipes, figures),
        SweepTopic.Scaling => ScalingSection.Write(content.Fits, figures),
        _ => NoiseSection.Write(content.Sweep.Runs, figures),
    };

    /// <summary>
    /// Every warning of the fits that the report speaks of, named by its recipe where there are several.
    /// </summary>
    public static IReadOnlyList<string> WarningTexts(SweepFits fits) =>
        [.. fits.Shown.SelectMany(v =>
            v.Fit.Warnings.Select(w => v.Variant.Length == 0 ? w.Text : $"{v.Variant}: {w.Text}")).Distinct()];

    private static IEnumerable<Block> Warnings(SweepFits fits)
    {
        yield return new Heading(2, "Warnings");
        var warnings = WarningTexts(fits);
        yield return warnings.Count == 0 ? new Paragraph("The fits raise none.")
            : new Bullets([.. warnings.Select(w => (Line)w)]);
    }
}
