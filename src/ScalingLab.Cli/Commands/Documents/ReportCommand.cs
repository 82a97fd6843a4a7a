using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Lab.Results;
using ScalingLab.Reporting;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Comparisons;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Documents;

/// <summary>
/// <c>lab report DIR</c>: refits and redraws from runs.csv and curves.csv; <c>lab report --compare A B</c>: two results
/// in one document. No ledger is needed.</summary>
internal static class ReportCommand
{
    public static Command Create(Screen screen)
    {
        var folder =
            new Argument<string?>("DIR")
            { Description = "A results folder with runs.csv and curves.csv", Arity = ArgumentArity.ZeroOrOne };
        var exclude =
            new Option<bool>("--exclude-flagged")
            { Description = "Leave runs flagged undertrained, unstable or overfitted out of the fits" };
        var compare = new Option<string[]>("--compare")
        {
            Description = "Two results folders, A B: what they say differently, as one document",
                Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var place =
            new Option<string?>("--out") { Description = "Folder of a comparison; compare-A-B here unless given" };
        var price = PriceOption.Create();
        var pdf = new Option<bool>("--pdf") { Description = "Also print the page to report.pdf, by Chromium" };
        var command =
            new Command("report", "Fit and draw anew from a results folder's files, or compare two")
            { folder, exclude, compare, place, price, pdf };
        command.SetAction((parsed, stop) =>
        {
            var options =
                new ReportOptions
                { ExcludeFlagged = parsed.GetValue(exclude), Price = PriceParser.Parse(parsed.GetValue(price) ?? []) };
            if (parsed.GetValue(compare) is not [var a, var b])
                return RunAsync(screen, parsed.GetValue(folder), parsed.GetValue(place), options, parsed.GetValue(pdf),
                    stop);
            if (parsed.GetValue(folder) is { } third)
                throw new InputException("DIR", $"'{third}' is one folder too many: --compare takes two, A B");
            return CompareAsync(screen, new Comparison(a, b, parsed.GetValue(place)), options, parsed.GetValue(pdf),
                stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, string? folder, string? place, ReportOptions options,
        bool isPrinted, CancellationToken stop)
    {
        if (folder is null) throw new InputException("DIR", "name a results folder, or two with --compare A B");
        if (place is not null)
            throw new InputException("--out", "is for --compare A B; the report of DIR is written into DIR");
        LabHome.RequireFolders("DIR", folder);
        LabHome.RequireWritable("DIR", folder);
        var browser = isPrinted ? PdfPrinter.Require(Environment.GetEnvironmentVariable("PATH")) : null;
        var outcome = await LongOperation.RunAsync(screen, $"reporting on {LabHome.DisplayPath(folder)}",
            work => ResultsWriter.RewriteAsync(folder, options with { Progress = work }, stop), stop);
        await ShowAsync(screen, folder, outcome, browser, stop);
        return CliHost.Success;
    }

    /// <summary>Two results folders that are compared.</summary>
    /// <param name="A">The one.</param>
    /// <param name="B">The other.</param>
    /// <param name="Out">The folder of the document; null: named after the two.</param>
    private sealed record Comparison(string A, string B, string? Out)
    {
        public string Place => Out ?? $"compare-{FolderName(A)}-{FolderName(B)}";

        /// <summary>The command that makes the document again.</summary>
        public string Again =>
            $"./lab report --compare {ShellQuoting.Join([LabHome.DisplayPath(A), LabHome.DisplayPath(B)])}";
    }

    private static async Task<int> CompareAsync(
        Screen screen, Comparison pair, ReportOptions options, bool isPrinted, CancellationToken stop)
    {
        var (a, b) = (pair.A, pair.B);
        LabHome.RequireFolders("--compare", a, b);
        var place = pair.Place;
        if (File.Exists(Path.Combine(place, "runs.csv")))
            throw new InputException("--out", $"{place} has the results of a sweep, and its report would be replaced "
                + "by the comparison; name another folder");
        LabHome.RequireWritable("--out", place);
        var browser = isPrinted ? PdfPrinter.Require(Environment.GetEnvironmentVariable("PATH")) : null;
        try
        {
            var outcome =
                await LongOperation.RunAsync(screen, $"comparing {LabHome.DisplayPath(a)} and {LabHome.DisplayPath(b)}",
                work => SweepCompare.WriteAsync(a, b, place, pair.Again, options with { Progress = work }, stop), stop);
            await ShowAsync(screen, place, outcome, browser, stop);
            return CliHost.Success;
        }
        catch (InputException) when (!Directory.EnumerateFileSystemEntries(place).Any())
        {
            Directory.Delete(place); // nothing was compared
            throw;
        }
    }

    private static async Task ShowAsync(Screen screen, string folder, ReportOutcome outcome, string? browser,
        CancellationToken stop)
    {
        if (browser is not null)
        {
            var file =
                await LongOperation.RunAsync(screen, "printing the page",
                    _ => PdfPrinter.PrintAsync(browser, folder, stop), stop);
            outcome = outcome with { Files = [.. outcome.Files, file] };
        }

        ReportView.Show(screen, LabHome.DisplayPath(folder), outcome);
    }

    private static string FolderName(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
