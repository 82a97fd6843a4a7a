using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ScalingLab.Cli.Commands.Documents;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Formatting;
using ScalingLab.Cli.Planning;
using ScalingLab.Cli.Programs;
using ScalingLab.Cli.Views;
using ScalingLab.Fitting;
using ScalingLab.Reporting;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Execution;

/// <summary>Writes a sweep's results from the ledger, unless the folder has them already.</summary>
internal static class SweepResultsWriter
{
    private const string Stamp = ".written";

    private static readonly string[] Files = ["runs.csv", "curves.csv", "fit.json", "report.md", "report.html"];

    private static readonly string[] TuneFiles = ["runs.csv", "curves.csv", "tune.json", "tune.md"];

    /// <summary>A sweep of the ledger, and the folder of its results.</summary>
    private sealed record QueuedSweep(
        string Name, SweepSettings Settings, SweepPreparation Preparation, string Folder)
    {
        /// <summary>
        /// The grid as a reader gives it to a command: its file, and the values in place of the file's.
        /// </summary>
        public string? GridLine(LabHome home) => Settings.GridFile is { } file
            ? ShellQuoting.Join([home.RepositoryPath(file), .. Preparation.Words ?? []]) : null;
    }

    /// <summary>Fits and writes what the ledger has into the sweep's folder.</summary>
    /// <exception cref="InputException">The sweep does not say what it was made of, or the folder cannot be
    /// written.</exception>
    public static async Task WriteAsync(Screen screen, LabHome home, Ledger ledger, string name, CancellationToken stop)
    {
        var settings = ledger.Settings(name)
            ?? throw new InputException("SWEEP", $"the ledger knows no sweep '{name}'");
        var preparation = SweepPreparation.Read(name, settings);
        var folder = settings.ResultsFolder ?? home.Results(name);
        LabHome.RequireWritable("results", folder);
        var stamp = ComputeStamp(settings, preparation.Tune, ledger.Records(name, withPoints: false));
        if (IsWritten(home, name, folder, preparation.Tune is null ? Files : TuneFiles, stamp))
        {
            screen.Out.WriteLine($"{name}: the results in {LabHome.DisplayPath(folder)} are up to date.");
            return;
        }

        var sweep = new QueuedSweep(name, settings, preparation, folder);
        if (preparation.Tune is { } tune) await WriteTuneAsync(screen, home, ledger, sweep, tune, stop);
        else await WriteReportAsync(screen, home, ledger, sweep, stop);
        await File.WriteAllTextAsync(StampFile(home, name), $"{stamp} {folder}", stop);
    }

    private static async Task WriteReportAsync(
        Screen screen, LabHome home, Ledger ledger, QueuedSweep sweep, CancellationToken stop)
    {
        var (name, settings, preparation, folder) = sweep;
        var gridFile = sweep.GridLine(home);
        var (runs, attempts) = PredictedTimes.Read(ledger, name);
        var results =
            new SweepResults(name, ledger.Find(name)?.Question, settings.Grid, runs, preparation.Summary, gridFile)
        {
            Rules = preparation.Rules,
            Estimate = preparation.Estimate,
            Attempts = attempts,
        };
        var outcome = await LongOperation.RunAsync(
            screen, $"reporting on {name}",
            work => ResultsWriter.WriteAsync(results, folder, new ReportOptions { Progress = work }, stop), stop);
        ledger.Flag(name, outcome.Flagged);
        ReportCommand.Show(screen, LabHome.DisplayPath(folder), outcome);
    }

    private static async Task WriteTuneAsync(
        Screen screen, LabHome home, Ledger ledger, QueuedSweep sweep, TunePreparation tune, CancellationToken stop)
    {
        var (name, settings, preparation, folder) = sweep;
        var about = tune.About with
        {
            Question = ledger.Find(name)?.Question,
            GridPath = sweep.GridLine(home),
            Grid = settings.Grid is { } json ? JsonNode.Parse(json) : null,
            Data = preparation.Summary,
        };
        var records = ledger.Records(name);
        if (records.All(r => r.Result is null))
            throw new InputException(name, "has no finished run yet, so that there is nothing to fit");
        var outcome = await LongOperation.RunAsync(
            screen, $"fitting {name}",
            _ => TuneWriter.WriteAsync(new TuneResults(name, records, about), folder, tune.Options(), stop), stop);
        TuneView.Show(screen, LabHome.DisplayPath(folder), outcome);
    }

    /// <summary>Changes with the runs' results, with the grid's words, and with the program that draws them.</summary>
    private static string ComputeStamp(SweepSettings settings, TunePreparation? tune, IReadOnlyList<RunRecord> records)
    {
        var program =
            new[] { typeof(ResultsWriter), typeof(Fitter),
                typeof(SweepResultsWriter) }.Select(t => t.Module.ModuleVersionId);
        var text = RunJson.Serialize(records) + settings.Grid + (tune is null ? "" : RunJson.Serialize(tune))
            + string.Join(' ', program);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static bool IsWritten(LabHome home, string name, string folder, IReadOnlyList<string> files,
        string stamp) =>
        File.Exists(StampFile(home, name)) && File.ReadAllText(StampFile(home, name)) == $"{stamp} {folder}"
        && files.All(f => File.Exists(Path.Combine(folder, f)));

    private static string StampFile(LabHome home, string sweep) => Path.Combine(home.State, $"{sweep}{Stamp}");
}
