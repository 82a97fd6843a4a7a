using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Reporting.Analysis;

namespace ScalingLab.Cli.Views;

/// <summary>A report that was written.</summary>
internal static class ReportView
{
    /// <summary>What was written, and what it says.</summary>
    public static void Show(Screen screen, string folder, ReportOutcome outcome)
    {
        var files =
            outcome.Files.ToLookup(f => f.Contains('/', StringComparison.Ordinal)
                ? f[..(f.IndexOf('/', StringComparison.Ordinal) + 1)] : "");
        var folders = files.Where(g => g.Key.Length > 0).Select(g => $"{Quantity.Count(g.Count(), "file")} in {g.Key}");
        screen.Out.WriteLine($"Results in {folder}: {string.Join(", ", files[""].Concat(folders))}.");
        if (outcome.Headline.Length > 0) screen.Out.WriteLine(outcome.Headline);
        foreach (var warning in outcome.Warnings.Where(w => !outcome.Headline.Contains(w, StringComparison.Ordinal)))
            screen.Out.WriteLine($"warning: {warning}");
    }
}
