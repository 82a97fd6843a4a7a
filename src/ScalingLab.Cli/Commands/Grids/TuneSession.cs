using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Views;
using ScalingLab.Fitting.Optima;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;
using ScalingLab.Runs.Tuning;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>
/// A tune through the ordinary queue: its runs are those of one sweep, which grows as its candidates end. Nothing of
/// the search is kept but the runs, so that a tune that was killed goes on where it was, and other nodes of the ledger
/// help.
/// </summary>
internal sealed class TuneSession(Screen screen, LabHome home, TrainingRequest options, TuneOptions tuning,
    OptimumMethod method, string? ruleFile)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(bool dryRun, IReadOnlyList<(double N, double D)> places, CancellationToken stop)
    {
        var tune = Tune.Create(options.Grid.Read(), tuning);
        var prepared = await GridPreparation.PrepareAsync(screen, home, options.Grid, stop);
        // Its candidates learn from the grid's teacher, which is known once the sweep has been prepared.
        tune = tune with { Grid = prepared.Grid };
        var name = prepared.Sweep.Name;
        using var ledger = Ledger.Open(LedgerPlace.Find(options.Ledger, home));
        var standing = Next(tune, prepared, ledger);
        PrintPlan(tune, standing);
        if (dryRun) return CliHost.Success;
        var folder = ResultsFolder(name);
        LabHome.RequireWritable(options.Out is null ? "results" : "--out", folder);
        if (ruleFile is not null) LabHome.RequireWritable("--rule", Path.GetDirectoryName(Path.GetFullPath(ruleFile))!);
        var cells = ExistingCells(ledger, prepared);
        if (options.Slurm is not null) SlurmLauncher.Require(ledger);
        IReadOnlyList<NodeDevice> devices = options.Slurm is not null || (options.Devices is null && standing.IsDone)
            ? []
            : (await DeviceSelection.RequireAsync(home, options.Devices, options.Slots, stop)).Devices;
        SweepTracker? view = null;
        while (true)
        {
            // Every round is put with its settings: the ledger's notes are of the search as far as it is.
            cells = Put(ledger, prepared, tune, standing, cells);
            if (standing.IsDone) break;
            view ??= new SweepTracker(prepared.Sweep with { Cells = [] }, ledger.Records(name, withPoints: false));
            view.Add(cells);
            var had = cells.Count;
            var training = new WatchedTraining(screen,
                new SweepTraining(home, options, ledger, devices, screen.Error.WriteLine));
            var outcome = await training.TrainAsync(
                prepared, view, stop,
                async ended => cells = await ExtendAsync(ledger, prepared, tune, cells, view, ended));
            // What was put as the last of the others ended may have found nobody to train it: it is trained now.
            if (!outcome.IsEnded && (outcome.Stopped || cells.Count == had))
                return training.PrintUnfinished(outcome, options.AsTyped);
            standing = Next(tune, prepared, ledger);
        }

        foreach (var note in standing.Notes) screen.Out.WriteLine($"note: {note}");
        var code =
            await RunCommand.ReportAsync(screen, home, ledger, name, stop, r => r.Failure == FailureKind.Diverged);
        return places.Count == 0 || PrintPredictions(folder, places) ? code : CliHost.Failure;
    }

    private string ResultsFolder(string sweep) => Path.GetFullPath(options.Out ?? home.Results(sweep));

    private static TuneStatus Next(Tune tune, PreparedSweep prepared, Ledger ledger)
    {
        var ended = ledger.Records(prepared.Sweep.Name, withPoints: false).Where(r => RunLifecycle.IsEnded(r.State))
            .ToDictionary(r => r.Cell.Spec.Id);
        return TunePlanner.Next(tune, prepared.Identity, prepared.Data.Vocabulary, id => ended.GetValueOrDefault(id));
    }

    /// <summary>The cells that the sweep has already; none where there is none, or it is to be replaced.</summary>
    /// <exception cref="InputException">The name is another grid's and is not to be replaced.</exception>
    private IReadOnlyList<SweepCell> ExistingCells(Ledger ledger, PreparedSweep prepared)
    {
        var name = prepared.Sweep.Name;
        if (options.Update || ledger.Settings(name) is not { } settings) return [];
        if (settings.Grid == prepared.Grid.Json && SweepPreparation.Read(name, settings).Tune is not null)
            return [.. ledger.Records(name, withPoints: false).Select(r => r.Cell)];
        throw new InputException("name", $"a sweep '{name}' of another grid stands in the ledger: give the grid "
            + "another name, or --update to replace it "
            + "(finished runs are used again)");
    }

    private IReadOnlyList<SweepCell> Put(
        Ledger ledger, PreparedSweep prepared, Tune tune, TuneStatus standing, IReadOnlyList<SweepCell> before)
    {
        IReadOnlyList<SweepCell> cells = [.. before.Concat(standing.Cells).DistinctBy(c => c.Spec.Id)];
        var about = new TuneMetadata
        {
            RelativeTo = tune.RelativeTo,
            RuleFile = tune.Grid.RuleMarks.FirstOrDefault(r => r.File == tune.RelativeTo),
            Held = tune.Held,
            Parts = tune.Options.Parts,
            Notes = standing.Notes,
        };
        var own =
            prepared with
            { Tune = new TunePreparation(about, method, ruleFile is null ? null : Path.GetFullPath(ruleFile)) };
        var settings =
            SweepPreparation.ApplyTo(ledger, ledger.Settings(prepared.Sweep.Name) ?? new SweepSettings(), own,
                options.Grid, ResultsFolder(prepared.Sweep.Name));
        if (options.Slurm is not null) settings = settings with { Device = options.DeviceClass };
        ledger.PutSweep(prepared.Sweep with { Cells = cells }, settings, update: true);
        return cells;
    }

    /// <summary>
    /// Looks for cells whose current length has ended while others still train, and puts what they need next: no device
    /// waits for the slowest cell.
    /// </summary>
    private async Task<IReadOnlyList<SweepCell>> ExtendAsync(
        Ledger ledger, PreparedSweep prepared, Tune tune, IReadOnlyList<SweepCell> cells, SweepTracker view,
        CancellationToken ended)
    {
        using var timer = new PeriodicTimer(PollInterval);
        var seen = -1;
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                if (ledger.Find(prepared.Sweep.Name) is not { } summary) continue;
                var now = summary.Total - summary.In(RunState.Pending) - summary.In(RunState.Running);
                if (now == seen) continue;
                seen = now;
                var standing = Next(tune, prepared, ledger);
                if (standing.Cells.All(c => cells.Any(have => have.Spec.Id == c.Spec.Id))) continue;
                view.Add(standing.Cells);
                cells = Put(ledger, prepared, tune, standing, cells);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // All that was put has ended, or the tune was stopped.
        }

        return cells;
    }

    private void PrintPlan(Tune tune, TuneStatus standing)
    {
        var candidates = tune.Fields.Where(f => f.IsNumber).Aggregate(1, (n, f) => n * f.Values.Count);
        var (first, flops) = (standing.Cells.Count, standing.Cells.Sum(c => c.Spec.Flops));
        var parts =
            string.Join(", ", tune.Options.Parts.Select(p => p.ToString("0.###", CultureInfo.InvariantCulture)));
        screen.Out.WriteLine(
            $"{tune.Grid.Name}: {candidates} candidates a cell "
                + $"({string.Join(" x ", tune.Fields.Select(f => f.Name))}), trained on {parts} of its tokens; "
            + $"{first} runs so far known to be needed, {Quantity.Power(flops)} FLOPs.");
    }

    private bool PrintPredictions(string folder, IReadOnlyList<(double N, double D)> places)
    {
        var file = ruleFile ?? Path.Combine(folder, "rule.json");
        if (!File.Exists(file)) return false;
        TuneView.Predict(screen, RuleFile.Read(file), places);
        return true;
    }
}
