using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Hosting;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary>
/// <c>lab node</c>: runs what stands in a ledger on this machine's devices, until it is stopped or, with
/// <c>--until-idle</c>, nothing is left for it; any number of machines may.
/// </summary>
internal static class NodeCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var ledger = LedgerOption.Create();
        var flags = new NodeOptionSet();
        var untilIdle = new Option<bool>("--until-idle")
        {
            Description =
                "End when nothing is left that it could start, so that a rented machine can switch itself off: exit "
                    + "code 0, or 1 where runs "
                + "are left that wait for people",
        };
        var command =
            new Command("node", "Run the sweeps of a ledger on this machine, with other nodes, until stopped")
            { untilIdle, ledger };
        flags.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            var request = flags.Bind(parsed) with { UntilIdle = parsed.GetValue(untilIdle) };
            if (request is { Slurm: not null, UntilIdle: true })
                throw new InputException("--until-idle", "is for workers on this machine; jobs of Slurm go on without "
                    + "their launcher");
            return RunAsync(screen, home, LedgerPlace.Find(parsed.GetValue(ledger), home), request, stop);
        });
        return command;
    }

    /// <summary>
    /// Serves until it is stopped or idle; a ledger that cannot be reached is waited for. The exit code.
    /// </summary>
    /// <exception cref="InputException">The node cannot be: name, devices, folder, worker, ledger.</exception>
    public static async Task<int> RunAsync(
        Screen screen, LabHome home, string place, NodeRequest request, CancellationToken stop) =>
        await ServeAsync(screen, home, place, request, await RequireAsync(home, request, stop), stop);

    /// <summary>Its name and devices, before anything is begun.</summary>
    /// <exception cref="InputException">The node cannot be: name, devices, folder, worker.</exception>
    public static async Task<(string Name, IReadOnlyList<NodeDevice> Devices)> RequireAsync(
        LabHome home, NodeRequest request, CancellationToken stop)
    {
        home = request.ApplyTo(home);
        LabHome.RequireWritable(request.State is null ? LabHome.Variable : "--state", home.State);
        if (request.Slurm is null) return await request.ResolveAsync(await WorkerInfo.RequireAsync(home, stop), stop);
        var problems = new List<Problem>();
        var name = request.NameOrDefault(problems);
        return problems.Count > 0 ? throw new InputException(problems) : (name, []);
    }

    /// <summary>Serves as what <see cref="RequireAsync"/> found.</summary>
    public static async Task<int> ServeAsync(
        Screen screen, LabHome home, string place, NodeRequest request,
        (string Name, IReadOnlyList<NodeDevice> Devices) node, CancellationToken stop)
    {
        home = request.ApplyTo(home);
        var (name, devices) = node;
        if (request.Slurm is not null)
        {
            await SlurmServing.ServeAsync(screen, home, place, name, request, stop);
            return CliHost.Success;
        }
        try
        {
            using var ledger = await LedgerPlace.OpenAsync(place, Timeout.InfiniteTimeSpan, screen.Error, stop);
            using var work = new NodeServices(home, ledger, screen.Error.WriteLine, request.Threads)
            {
                WriteResults = SweepResultsView.WriterBeside(screen, home, ledger),
            };
            screen.Out.WriteLine($"node {name}: "
                + $"{string.Join(", ", devices.Select(d => $"{d.Slots} at a time on {d.Name}"))}, ledger "
                    + $"{ledger.Location}");
            screen.Out.Flush();
            var options = work.Options(name, devices) with { LedgerTimeout = Timeout.InfiniteTimeSpan,
                Notify = request.Notify };
            var lines = new NodeLog(screen.Out);
            using var sent = OtlpExport.Start(request.Otlp, ledger, name, lines.WriteLine);
            var attempts = await NodeRunner.ServeAsync(ledger, options, lines, stop, request.UntilIdle);
            return stop.IsCancellationRequested ? CliHost.Success : PrintIdle(screen, name, attempts, ledger);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before the ledger answered.
        }
        return CliHost.Success;
    }

    /// <summary>Says that nothing is left for the node, and what waits all the same.</summary>
    private static int PrintIdle(Screen screen, string name, int attempts, Ledger ledger)
    {
        screen.Out.WriteLine($"node {name}: nothing is left for it; attempts made: {attempts}");
        var left = ledger.Queue().Where(q => q is { State: RunState.Pending, Submission: null }).GroupBy(q => q.Sweep)
            .ToList();
        foreach (var sweep in left)
            screen.Error.WriteLine($"lab: {sweep.Key} has {sweep.Count()} pending that this node cannot start; "
                + $"'{CommandName.AsInvoked} status' says why.");
        return left.Count == 0 ? CliHost.Success : CliHost.Failure;
    }
}
