using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary>
/// <c>lab attempt RUN</c>: one attempt at one run that stands in a ledger, to its end: what a job of a cluster does.
/// </summary>
internal static class AttemptCommand
{
    // While the ledger is away a job trains on, or waits: to end it would only put it into the cluster's queue again.
    private static readonly TimeSpan LedgerPatience = TimeSpan.FromHours(1);

    public static Command Create(Screen screen)
    {
        var run = new Argument<string>("RUN") { Description = "The run's id" };
        var ledger = LedgerOption.Create();
        var engine = EngineOption.Create();
        var environment =
            new Option<string?>("--environment")
            { Description = "A JSON file of variables to set first, as a launcher writes it for its jobs" };
        var command =
            new Command("attempt", "Make one attempt at one run of a ledger and end: what a cluster's job does")
            { run, ledger, engine, environment };
        command.SetAction((parsed, stop) => RunAsync(
            screen, new RunId(parsed.GetRequiredValue(run)), parsed.GetValue(ledger), parsed.GetValue(environment),
            home => home.WithEngine(parsed, engine), stop));
        return command;
    }

    /// <returns>0 where the run is completed or has ended before, 130 where this was stopped, else 1.</returns>
    private static async Task<int> RunAsync(
        Screen screen, RunId run, string? place, string? environment, Func<LabHome, LabHome> chosen,
        CancellationToken stop)
    {
        if (environment is not null)
        {
            foreach (var (name, value)
                in SlurmFolder.ReadEnvironment(environment)) Environment.SetEnvironmentVariable(name, value);
        }
        var home = chosen(LabHome.Find());
        using var ledger =
            await LedgerPlace.OpenAsync(LedgerPlace.Find(place, home), LedgerPatience, screen.Error, stop);
        var queued = ledger.Queue(run: run) is [var only] ? only : null;
        if (queued is null)
        {
            if (ledger.Spec(run) is null)
                throw new InputException("RUN", $"{ledger.Location} knows no run "
                    + $"'{run}'; 'lab status SWEEP' lists them");
            screen.Out.WriteLine($"{run}: nothing to do, it has ended.");
            return CliHost.Success;
        }

        using var work = new NodeServices(home, ledger, screen.Error.WriteLine);
        var told = new OutcomeListener(new NodeLog(screen.Out));
        var devices = await SlurmDevice.FindAsync(queued.DeviceClass, stop);
        var options = work.Options(SlurmDevice.NodeName(), devices) with { LedgerTimeout = LedgerPatience };
        if (!await NodeRunner.RunAttemptAsync(ledger, run, options, told, stop))
        {
            // A job that ends without an attempt is not to be taken for one that could not make any: its note goes with
            // it.
            if (SlurmDevice.JobKey() is { } job) ledger.Unsubmit(run, job);
            screen.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{run}: no attempt was made: "
                    + $"{told.Why?.Describe() ?? "it is being run elsewhere, or has ended meanwhile"}."));
        }
        return told.Completed ? CliHost.Success : stop.IsCancellationRequested ? CliHost.Interrupted : CliHost.Failure;
    }

    /// <summary>Records how it ended.</summary>
    private sealed class OutcomeListener(NodeLog lines) : IProgress<SweepProgress>
    {
        public bool Completed { get; private set; }

        public WaitReason? Why { get; private set; }

        public void Report(SweepProgress value)
        {
            Completed |= value is SweepProgress.Completed;
            if (value is SweepProgress.Waiting waiting) Why = waiting.Why;
            else lines.Report(value);
        }
    }
}
