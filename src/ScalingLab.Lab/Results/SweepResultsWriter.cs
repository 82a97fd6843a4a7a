using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Results;

/// <summary>
/// A sweep's results, written from the ledger: a report, or of a tune its laws. Which of them the folder has already is
/// kept in the state folder.
/// </summary>
public sealed class SweepResultsWriter
{
    private const string Stamp = ".written";

    private static readonly string[] Files = ["runs.csv", "curves.csv", "fit.json", "report.md", "report.html"];

    private static readonly string[] TuneFiles = ["runs.csv", "curves.csv", "tune.json", "tune.md"];

    private readonly LabHome _home;
    private readonly Ledger _ledger;
    private readonly string _name;
    private readonly SweepSettings _settings;
    private readonly SweepPreparation _preparation;
    private readonly string _stamp;

    /// <exception cref="InputException">The ledger does not know the sweep, the sweep does not say what it was made of,
    /// or the folder cannot be written.</exception>
    public SweepResultsWriter(LabHome home, Ledger ledger, string name)
    {
        (_home, _ledger, _name) = (home, ledger, name);
        _settings = ledger.Settings(name)
            ?? throw new InputException("SWEEP", $"the ledger knows no sweep '{name}'");
        _preparation = SweepPreparation.Read(name, _settings);
        Folder = _settings.ResultsFolder ?? home.Results(name);
        LabHome.RequireWritable("results", Folder);
        _stamp = ComputeStamp(_settings, _preparation.Tune, ledger.Records(name, withPoints: false));
    }

    /// <summary>Where the results are.</summary>
    public string Folder { get; }

    /// <summary>Whether the sweep is a tune.</summary>
    public bool IsTune => _preparation.Tune is not null;

    /// <summary>Whether the folder has them as they would be written.</summary>
    public bool IsWritten => File.Exists(StampFile) && File.ReadAllText(StampFile) == $"{_stamp} {Folder}"
        && (IsTune ? TuneFiles : Files).All(file => File.Exists(Path.Combine(Folder, file)));

    /// <summary>Fits and reports.</summary>
    /// <param name="progress">Hears how the fit goes.</param>
    /// <param name="stop">Ends it early.</param>
    public async Task<ReportOutcome> WriteReportAsync(IProgress<FitProgress> progress, CancellationToken stop)
    {
        var (runs, attempts) = PredictedTimes.Read(_ledger, _name);
        var results = new SweepResults(_name, _ledger.Find(_name)?.Question, _settings.Grid, runs,
            _preparation.Summary, GridLine)
        {
            Rules = _preparation.Rules,
            Estimate = _preparation.Estimate,
            ResultsPath = OtherFolder,
            Attempts = attempts,
        };
        var outcome = await ResultsWriter.WriteAsync(results, Folder, new ReportOptions { Progress = progress }, stop);
        _ledger.Flag(_name, outcome.Flagged);
        await File.WriteAllTextAsync(StampFile, $"{_stamp} {Folder}", stop);
        return outcome;
    }

    /// <summary>Finds a tune's laws.</summary>
    /// <exception cref="InputException">It has no finished run.</exception>
    public async Task<TuneOutcome> WriteTuneAsync(CancellationToken stop)
    {
        var about = _preparation.Tune!.About with
        {
            Question = _ledger.Find(_name)?.Question,
            GridPath = GridLine,
            ResultsPath = OtherFolder,
            Grid = _settings.Grid is { } json ? JsonNode.Parse(json) : null,
            Data = _preparation.Summary,
        };
        var records = _ledger.Records(_name);
        if (records.All(r => r.Result is null))
            throw new InputException(_name, "has no finished run yet, so that there is nothing to fit");
        var outcome = await TuneWriter.WriteAsync(new TuneResults(_name, records, about), Folder,
            _preparation.Tune.Options(), stop);
        await File.WriteAllTextAsync(StampFile, $"{_stamp} {Folder}", stop);
        return outcome;
    }

    // The grid as a reader gives it to a command: its file, and the values in place of the file's.
    private string? GridLine => _settings.GridFile is { } file
        ? ShellQuoting.Join([_home.RepositoryPath(file), .. _preparation.Words ?? []]) : null;

    // The folder as --out has to name it; null where it is the one that a sweep of this name has anyway.
    private string? OtherFolder => Path.GetFullPath(Folder) == Path.GetFullPath(_home.Results(_name)) ? null
        : _home.RepositoryPath(Folder);

    private string StampFile => Path.Combine(_home.State, $"{_name}{Stamp}");

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
}
