using System.CommandLine;
using System.Diagnostics;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>
/// <c>lab run GRID</c>: plans, prepares the text, queues and trains every run, fits and writes the results.
/// </summary>
internal static class RunCommand
{
    private static readonly TimeSpan ReportLease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(30);

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = new GridOptionSet();
        var folder = RunOptions.ResultsOption();
        var slots = RunOptions.SlotsOption();
        var threads = RunOptions.ThreadsOption();
        var devices = RunOptions.DevicesOption();
        var update =
            new Option<bool>("--update")
            { Description = "Replace the cells of a sweep of the same name; finished runs are used again" };
        var ledger = LedgerOption.Create();
        var notify = NotifyOption.Create();
        var engine = EngineOption.Create();
        var slurm = new SlurmOptionSet();
        var command = new Command("run", "Train every run of a grid that is not finished yet, then fit and report")
        {
            folder, slots, threads, devices, engine, update, notify, ledger,
        };
        grid.AddTo(command);
        slurm.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home.WithEngine(parsed, engine),
            new TrainingRequest(
                grid.Bind(parsed),
                parsed.GetValue(folder),
                parsed.GetValue(slots),
                parsed.GetValue(threads),
                parsed.GetValue(devices),
                parsed.GetValue(update),
                parsed.GetValue(ledger),
                slurm.Bind(parsed),
                NotifyOption.Parse(parsed.GetValue(notify)))
            { AsTyped = TypedCommand.From(parsed) },
            stop));
        return command;
    }

    public static async Task<int> RunAsync(Screen screen, LabHome home, TrainingRequest options, CancellationToken stop)
    {
        // Whatever can be wrong is found before anything is queued: grid, text, output folder, ledger, worker, device.
        var prepared = await GridPreparation.PrepareAsync(screen, home, options.Grid, stop);
        var sweep = prepared.Sweep;
        using var ledger = Ledger.Open(LedgerPlace.Find(options.Ledger, home));
        var standing = ledger.Settings(sweep.Name) ?? new SweepSettings();
        var folder = Path.GetFullPath(options.Out ?? home.Results(sweep.Name));
        LabHome.RequireWritable(options.Out is null ? "results" : "--out", folder);
        if (options.Slurm is not null)
        {
            SlurmLauncher.Require(ledger);
            standing = standing with { Device = options.DeviceClass };
        }
        var before = ledger.Find(sweep.Name) is null ? [] : ledger.Records(sweep.Name, withPoints: false);
        var ended = before.Where(r => RunLifecycle.IsEnded(r.State)).Select(r => r.Cell.Spec.Id).ToHashSet();
        // Devices that were named are looked for even where nothing is left to train.
        var (engine, devices) = options.Slurm is not null
            || (options.Devices is null && sweep.Cells.All(c => ended.Contains(c.Spec.Id)))
            ? (null, [])
            : await DeviceSelection.RequireAsync(home, options.Devices, options.Slots, stop);
        QueueCommand.Put(ledger, sweep, SweepPreparation.ApplyTo(ledger, standing, prepared, options.Grid, folder),
            options.Update);

        var notices = options.Notify is { } notify ? new NoticeSender(ledger, notify, new NodeLog(screen.Error).Report)
            : null;
        notices?.Start();
        var counts = ledger.Find(sweep.Name)!;
        var left = counts.In(RunState.Pending) + counts.In(RunState.Running);
        if (left == 0)
        {
            screen.Out.WriteLine($"{sweep.Name}: nothing to train, all {counts.Total} runs have ended before.");
        }
        else
        {
            screen.Out.WriteLine($"{sweep.Name}: {left} of {counts.Total} runs to train, "
                + (options.Slurm is null
                    ? $"{devices.Sum(d => d.Slots)} at a "
                        + $"time{DescribeDevices(devices)}{(engine?.Description is { } words ? $", engine {words}" : "")}."
                    : "as jobs of Slurm."));
            var training = new WatchedTraining(screen,
                new SweepTraining(home, options, ledger, devices, screen.Error.WriteLine));
            var outcome =
                await training.TrainAsync(prepared,
                    new SweepTracker(sweep, ledger.Records(sweep.Name, withPoints: false)), stop);
            if (!outcome.IsEnded)
            {
                if (notices is not null && !outcome.Stopped) await notices.SendNoticeAsync(outcome.Summary, stop);
                return training.PrintUnfinished(outcome, options.AsTyped);
            }
        }

        var code = await ReportAsync(screen, home, ledger, sweep.Name, stop);
        if (notices is not null) await notices.SendNoticeAsync(ledger.Find(sweep.Name)!, stop);
        return code;
    }

    // The processor needs no naming where it is all there is.
    private static string DescribeDevices(IReadOnlyList<NodeDevice> devices) =>
        devices.All(d => d.Class == "cpu") ? "" : $" on {string.Join(", ", devices.Select(d => d.Name))}";

    /// <summary>
    /// Fit and report, by whoever of the ledger's nodes is first; then the runs that have no result. Who only looks at
    /// finished runs again has the files written where they are not up to date.
    /// </summary>
    /// <param name="foreseen">Ends without a result that are results too, as divergence is in a tune; null for
    /// none.</param>
    public static async Task<int> ReportAsync(
        Screen screen, LabHome home, Ledger ledger, string sweep, CancellationToken stop,
        Func<RunRecord, bool>? foreseen = null)
    {
        await SweepScoring.ScoreMissingAsync(new ScreenOperations(screen), home, ledger, sweep, stop);
        ReportClaim? claim;
        var began = Stopwatch.GetTimestamp();
        while ((claim = ledger.ClaimReport(sweep, Environment.MachineName, ReportLease)) is null
            && ledger.Find(sweep)!.ReportIsDue && Stopwatch.GetElapsedTime(began) < ReportPatience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop); // another node is at it
        }
        await SweepResultsView.WriteAsync(screen, home, ledger, sweep, stop);
        if (claim is not null) ledger.Reported(claim);

        var runs = ledger.Records(sweep, withPoints: false);
        var bad = runs.Where(r => r.State != RunState.Completed && foreseen?.Invoke(r) != true).ToList();
        foreach (var run in bad)
        {
            screen.Error.WriteLine($"lab: {run.Cell.Model} {run.Cell.Spec.Id} is {RunLifecycle.NameOf(run.State)}"
                + (run.Failure is { } kind ? $" ({kind}): "
                    + $"{Excerpt.WithLog(run.FailureMessage ?? "", home.NewestLog(run.Cell.Spec.Id))}" : "."));
        }

        if (bad.Count > 0)
            screen.Error.WriteLine($"lab: {bad.Count} of {runs.Count} runs have no result; '{CommandName.AsInvoked} "
                + $"retry {sweep}' lets them run again.");
        return bad.Count == 0 ? CliHost.Success : CliHost.Failure;
    }
}
