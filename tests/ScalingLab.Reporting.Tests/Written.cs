using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Rendering;
using ScalingLab.Reporting.Sections;

namespace ScalingLab.Reporting.Tests;

/// <summary>A report written without files, figures and bootstrap: its words alone.</summary>
internal static class Written
{
    /// <summary>The findings, and the whole as Markdown without its escapes.</summary>
    public static (IReadOnlyList<string> Findings, string Report) Of(SweepResults results, ReportOptions? asked = null)
    {
        var (findings, blocks) = Blocks(results, asked);
        return (findings, MarkdownWriter.Write(blocks).Replace("\\", "", StringComparison.Ordinal));
    }

    /// <summary>The findings, and the whole as blocks.</summary>
    public static (IReadOnlyList<string> Findings, IReadOnlyList<Block> Report) Blocks(SweepResults results,
        ReportOptions? asked = null)
    {
        var options = (asked ?? new ReportOptions()) with { BootstrapDraws = 0, Figures = false };
        var sweep = SweepTable.From(results, options);
        var fits = SweepFits.Fit(sweep.Runs, sweep.Curves, new FitOptions { Bootstrap = 0 });
        var (recipes, repetition) = (RecipeComparison.Create(sweep.Runs), RepetitionStudy.Create(sweep.Runs));
        return (Report.Findings(sweep, fits, recipes, repetition),
            Report.Write(new ReportContent(sweep, fits, recipes, repetition, [], [], options)));
    }

    /// <summary>The part before the appendix.</summary>
    public static string Body(string report) => report[..report.IndexOf("\n## Appendix\n", StringComparison.Ordinal)];
}
