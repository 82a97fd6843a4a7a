using System.CommandLine;
using ScalingLab.Reporting;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary><c>lab report DIR</c>: refits and redraws from runs.csv and curves.csv; no ledger is needed.</summary>
internal static class ReportCommand
{
    public static Command Create(Screen screen)
    {
        var folder = new Argument<string>("DIR") { Description = "A results folder with runs.csv and curves.csv" };
        var exclude = new Option<bool>("--exclude-flagged") { Description = "Leave runs flagged undertrained, unstable or overfitted out of the fits" };
        var command = new Command("report", "Fit and draw anew from a results folder's files") { folder, exclude };
        command.SetAction((parsed, stop) => RunAsync(screen, parsed.GetRequiredValue(folder), parsed.GetValue(exclude), stop));
        return command;
    }

    public static async Task<int> RunAsync(Screen screen, string folder, bool excludeFlagged, CancellationToken stop)
    {
        if (!Directory.Exists(folder)) throw new InputException("DIR", $"there is no folder {folder} (looked for {Path.GetFullPath(folder)})");
        LabHome.RequireWritable("DIR", folder);
        var outcome = await LongWork.RunAsync(screen, $"reporting on {LabHome.Shown(folder)}", work => ResultsWriter.RewriteAsync(
            folder, new ReportOptions { ExcludeFlagged = excludeFlagged, Progress = work }, stop), stop);
        Show(screen, LabHome.Shown(folder), outcome);
        return Door.Done;
    }

    /// <summary>What was written, and what it says.</summary>
    public static void Show(Screen screen, string folder, ReportOutcome outcome)
    {
        screen.Out.WriteLine($"Results in {folder}: {string.Join(", ", outcome.Files.Where(f => !f.StartsWith("figures/", StringComparison.Ordinal)))}"
            + (outcome.Files.Count(f => f.StartsWith("figures/", StringComparison.Ordinal)) is var n and > 0 ? $", {n} files in figures/." : "."));
        if (outcome.Headline.Length > 0) screen.Out.WriteLine(outcome.Headline);
        foreach (var warning in outcome.Warnings.Where(w => !outcome.Headline.Contains(w, StringComparison.Ordinal)))
            screen.Out.WriteLine($"warning: {warning}");
    }
}
