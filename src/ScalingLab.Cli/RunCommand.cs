using System.CommandLine;
using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary><c>lab run GRID</c>: plans, prepares the text, queues and trains every run, fits and writes the results.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan ReportLease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(30);

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = GivenGrid.Argument();
        var folder = new Option<string?>("--out") { Description = "Folder of the results; results/NAME unless given" };
        var slots = RunOptions.SlotsOption();
        var threads = RunOptions.ThreadsOption();
        var device = RunOptions.DeviceOption();
        var update = new Option<bool>("--update") { Description = "Replace the cells of a sweep of the same name; finished runs are used again" };
        var anyPath = GivenGrid.AnyPathOption();
        var ledger = LedgerOption.Create();
        var slurm = new SlurmFlags();
        var command = new Command("run", "Train every run of a grid that is not finished yet, then fit and report")
        {
            grid, folder, slots, threads, device, update, anyPath, ledger,
        };
        slurm.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home,
            new RunOptions(
                new GivenGrid(parsed.GetRequiredValue(grid), parsed.GetValue(anyPath)),
                parsed.GetValue(folder),
                RunOptions.SlotsOf(parsed.GetValue(slots), parsed.GetValue(device)!),
                parsed.GetValue(threads),
                parsed.GetValue(device)!,
                parsed.GetValue(update),
                parsed.GetValue(ledger),
                slurm.Of(parsed)),
            stop));
        return command;
    }

    public static async Task<int> RunAsync(Screen screen, LabHome home, RunOptions options, CancellationToken stop)
    {
        // Whatever can be wrong is found before anything is trained: grid, text, output folder, ledger, worker.
        var prepared = PreparedSweep.Of(screen, home, options.Grid, stop);
        var sweep = prepared.Sweep;
        using var ledger = Ledger.Open(LedgerOption.Place(options.Ledger, home));
        var standing = ledger.Settings(sweep.Name) ?? new SweepSettings();
        var folder = Path.GetFullPath(options.Out ?? home.Results(sweep.Name));
        LabHome.RequireWritable(options.Out is null ? "results" : "--out", folder);
        if (options.Slurm is not null)
        {
            SlurmLauncher.Require(ledger);
            standing = standing with { Device = NodeDevice.ClassOf(options.Device) };
        }
        QueueCommand.Put(ledger, sweep, SweepPreparation.Over(standing, prepared, options.Grid.File, folder), options.Update);

        var counts = ledger.Find(sweep.Name)!;
        var left = counts.In(RunState.Pending) + counts.In(RunState.Running);
        if (left == 0)
        {
            screen.Out.WriteLine($"{sweep.Name}: nothing to train, all {counts.Total} runs have ended before.");
        }
        else
        {
            screen.Out.WriteLine($"{sweep.Name}: {left} of {counts.Total} runs to train, "
                + (options.Slurm is null ? $"{options.Slots} at a time." : "as jobs of Slurm."));
            var waits = new Waits();
            var outcome = await TrainAsync(screen, home, options, prepared, ledger, waits, stop);
            if (!outcome.IsEnded)
            {
                var finished = $"{outcome.Summary.In(RunState.Completed)} of {outcome.Summary.Total} runs finished";
                screen.Error.WriteLine(outcome.Stopped
                    ? $"lab: stopped with {finished}; resume with: ./lab run {options.Grid.File}{(options.Out is null ? "" : $" --out {options.Out}")}"
                    : waits.Why is null or WaitReason.Paused
                        ? $"lab: the sweep is paused with {finished}; 'lab resume {sweep.Name}' lets it go on."
                        : $"lab: nothing more starts here, with {finished}: {waits.Why.Value.Words()}.");
                return outcome.Stopped ? Door.Interrupted : Door.NotDone;
            }
        }

        return await ReportAsync(screen, home, ledger, sweep.Name, stop);
    }

    /// <summary>
    /// Fit and report, by whoever of the ledger's nodes is first; then the runs that have no result. Who only looks at finished runs again has
    /// the files written where they are not up to date.
    /// </summary>
    private static async Task<int> ReportAsync(Screen screen, LabHome home, Ledger ledger, string sweep, CancellationToken stop)
    {
        ReportClaim? claim;
        var began = Stopwatch.GetTimestamp();
        while ((claim = ledger.ClaimReport(sweep, Environment.MachineName, ReportLease)) is null
            && ledger.Find(sweep)!.ReportIsDue && Stopwatch.GetElapsedTime(began) < ReportPatience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop); // another node is at it
        }
        var complete = await Results.WriteAsync(screen, home, ledger, sweep, stop);
        if (claim is not null) ledger.Reported(claim);

        var runs = ledger.Records(sweep, withPoints: false);
        var bad = runs.Where(r => r.State != RunState.Completed).ToList();
        foreach (var run in bad)
        {
            screen.Error.WriteLine($"lab: {run.Cell.Model} {run.Cell.Spec.Id} is {RunLifecycle.Word(run.State)}"
                + (run.Failure is { } kind ? $" ({kind}): {run.FailureMessage}" : "."));
        }

        if (bad.Count > 0) screen.Error.WriteLine($"lab: {bad.Count} of {runs.Count} runs have no result; './lab retry {sweep}' lets them run again.");
        return complete && bad.Count == 0 ? Door.Done : Door.NotDone;
    }

    private static async Task<SweepOutcome> TrainAsync(
        Screen screen, LabHome home, RunOptions options, PreparedSweep prepared, Ledger ledger, Waits waits, CancellationToken stop)
    {
        if (options.Slurm is null) await WorkerEngine.RequireAsync(WorkerLaunch.Find(home), stop); // the cluster's nodes may have what this one has not
        var threads = ledger.ChooseThreads(prepared.Sweep.Name, options.Threads ?? prepared.Grid.Worker.Threads ?? 1);
        using var work = new NodeWork(screen, home, ledger, threads);
        var node = work.Options(Environment.MachineName, [await DeviceAsync(options, threads, stop)]) with { Report = null }; // made here, at the end
        var view = new SweepView(prepared.Sweep, ledger.Records(prepared.Sweep.Name, withPoints: false));
        return screen.IsTerminal
            ? await LiveView.WatchAsync(screen.Console, view, RunAsync)
            : await RunAsync(new LinesView(screen.Out, view));

        Task<SweepOutcome> RunAsync(IProgress<SweepProgress> progress) => options.Slurm is { } wish
            ? SlurmLauncher.RunAsync(
                ledger, SlurmLaunch.Options(home, LedgerOption.Place(options.Ledger, home), wish, work) with { Sweep = prepared.Sweep.Name }, progress, stop)
            : NodeRunner.RunSweepAsync(ledger, prepared.Sweep.Name, node, waits.Before(progress), stop);
    }

    /// <summary>The device that was asked for, with the slots that were.</summary>
    private static async Task<NodeDevice> DeviceAsync(RunOptions options, int threads, CancellationToken stop)
    {
        if (options.Device == "cpu") return Devices.Cpu(threads) with { Slots = options.Slots };
        var found = await Devices.FindAsync(threads, options.Slots, stop);
        return found.FirstOrDefault(d => d.Name == options.Device) ?? new NodeDevice(options.Device, options.Slots);
    }

    /// <summary>Why runs wait, as the node last said it.</summary>
    private sealed class Waits
    {
        public WaitReason? Why { get; private set; }

        public IProgress<SweepProgress> Before(IProgress<SweepProgress> next) => new Heard(this, next);

        private sealed class Heard(Waits waits, IProgress<SweepProgress> next) : IProgress<SweepProgress>
        {
            public void Report(SweepProgress value)
            {
                if (value is SweepProgress.Waiting waiting) waits.Why = waiting.Why;
                next.Report(value);
            }
        }
    }
}
