using System.CommandLine;
using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli;

/// <summary><c>lab node</c>: runs what stands in a ledger on this machine's devices until it is stopped; any number of machines may.</summary>
internal static class NodeCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var ledger = LedgerOption.Create();
        var flags = new NodeFlags();
        var command = new Command("node", "Run the sweeps of a ledger on this machine, with other nodes, until stopped") { ledger };
        flags.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            await RunAsync(screen, home, LedgerOption.Place(parsed.GetValue(ledger), home), flags.Of(parsed), stop);
            return Door.Done;
        });
        return command;
    }

    /// <summary>Serves until it is stopped; a ledger that cannot be reached is waited for.</summary>
    /// <exception cref="InputException">The node cannot be: name, devices, folder, worker, ledger.</exception>
    public static async Task RunAsync(Screen screen, LabHome home, string place, NodeFlags.NodeWish wish, CancellationToken stop)
    {
        home = wish.Home(home);
        LabHome.RequireWritable(wish.State is null ? LabHome.Variable : "--state", home.State);
        if (wish.Slurm is not null)
        {
            await SlurmLaunch.ServeAsync(screen, home, place, wish, stop);
            return;
        }
        var engine = await WorkerEngine.RequireAsync(home, stop);
        var (name, devices) = await wish.FindAsync(engine, stop);
        try
        {
            using var ledger = await LedgerOption.OpenAsync(place, Timeout.InfiniteTimeSpan, screen.Error, stop);
            using var work = new NodeWork(screen, home, ledger, wish.Threads);
            screen.Out.WriteLine($"node {name}: {string.Join(", ", devices.Select(d => $"{d.Slots} at a time on {d.Name}"))}, ledger {ledger.Place}");
            screen.Out.Flush();
            var options = work.Options(name, devices) with { LedgerPatience = Timeout.InfiniteTimeSpan };
            await NodeRunner.ServeAsync(ledger, options, new NodeLines(screen.Out), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before the ledger answered.
        }
    }
}
