using System.Globalization;
using ScalingLab.Cli.Chaos;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;
using ScalingLab.Scheduling;
using ScalingLab.Store.Storage;
using Spectre.Console;

namespace ScalingLab.Cli.Tests;

/// <summary>
/// A fault of <c>lab chaos</c>, once, on a sweep of a few short runs: real hosts and workers are killed and stopped, a
/// real disk filled, real databases taken away. Skipped, with the reason, where the machine cannot do it.
/// </summary>
public sealed class FaultFactAttribute : FactAttribute
{
    /// <summary>PostgreSQL.</summary>
    public bool Postgres { get => false; init => Need(value, PostgresServer.WhyNot); }

    /// <summary>Machines of their own: spaces of process ids.</summary>
    public bool Machines { get => false; init => Need(value, Surroundings.NoMachines); }

    /// <summary>A disk of its own, to be filled.</summary>
    public bool Disk { get => false; init => Need(value, Surroundings.NoDisk); }

    /// <summary>A C compiler, for a wrong clock.</summary>
    public bool Compiler { get => false; init => Need(value, Surroundings.NoCompiler); }

    private void Need(bool needed, string? whyNot)
    {
        if (needed) Skip ??= whyNot;
    }
}

/// <summary>What this machine can do, tried once.</summary>
internal static class Surroundings
{
    public static string? NoMachines { get; } =
        Tried("Two machines on this one are spaces of process ids, which only root may make (unshare --pid).",
        "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "true");

    public static string? NoDisk { get; } = Tried("A small disk is a tmpfs of its own, which only root may mount.",
        "unshare", "--mount", "mount", "-t", "tmpfs", "lab-chaos", "/mnt");

    public static string? NoCompiler { get; } =
        Tried("A wrong clock is compiled by cc (Debian's package gcc), which is not installed.", "cc", "--version");

    private static string? Tried(string whyNot, string program, params string[] arguments) =>
        ProcessResult.RunAsync(program, arguments, null, TimeSpan.FromSeconds(10), CancellationToken.None).GetAwaiter()
        .GetResult() is { ExitCode: 0 }
            ? null
            : whyNot;
}

/// <summary>
/// The rows of <c>lab chaos</c>, but for Slurm's, whose cluster takes minutes to notice a dead node. Limits in seconds
/// are the command's to judge: here other tests are on the machine. Many classes, so that what mostly waits (for
/// leases, back-offs, a database) waits beside what trains.
/// </summary>
public abstract class Faults
{
    /// <summary>Two runs that train and one that waits for its turn.</summary>
    private protected const int TwoAndOneMore = 3;

    private static readonly LabHome Home = LabHome.Find();
    private static readonly Lazy<Task<ChaosSettings>> Pace = new(async () =>
        new ChaosSettings(Quick: true, Seed: 1, await ChaosCommand.SpeedAsync(Home, CancellationToken.None))
        { ChecksTimes = false });

    private protected static async Task HoldsAsync(string row, int runs)
    {
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        var screen = new Screen(AnsiConsole.Console, TextWriter.Null, TextWriter.Synchronized(said), IsTerminal: false);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var pace = await Pace.Value with { QuickRuns = runs };
        var outcome =
            await ChaosCommand.OneAsync(screen, Home, ChaosFaults.Rows.Single(r => r.Name == row), 1, pace,
                limit.Token);
        Assert.True(outcome.Held == true, $"{row}: {outcome.Seen}\n{said}");
    }
}

/// <summary>Hosts that are killed, or killed by what they run.</summary>
public sealed class FaultsOfHosts : Faults
{
    [FaultFact]
    public Task A_host_killed_in_mid_sweep_loses_no_run() => HoldsAsync("host-kill", TwoAndOneMore);

    [FaultFact]
    public Task A_run_that_kills_its_hosts_is_quarantined_and_the_others_complete() =>
        HoldsAsync("poison", TwoAndOneMore);
}

/// <summary>Workers that die, and those whose host died.</summary>
public sealed class FaultsOfWorkers : Faults
{
    [FaultFact]
    public Task A_killed_worker_loses_at_most_an_interval_and_changes_no_loss() =>
        HoldsAsync("worker-kill", TwoAndOneMore);

    [FaultFact]
    public Task Workers_of_a_dead_host_go_and_no_slot_is_given_twice() => HoldsAsync("orphan", TwoAndOneMore);
}

/// <summary>Machines that go away, or only seem to.</summary>
public sealed class FaultsOfMachines : Faults
{
    [FaultFact(Postgres = true, Machines = true)]
    public Task The_runs_of_a_dead_machine_go_on_elsewhere() => HoldsAsync("two-nodes", TwoAndOneMore);

    [FaultFact(Postgres = true, Machines = true)]
    public Task A_host_that_stood_still_past_its_lease_writes_nothing() => HoldsAsync("sigstop", TwoAndOneMore);
}

/// <summary>Clocks that are wrong, or set forward and back.</summary>
public sealed class FaultsOfClocks : Faults
{
    [FaultFact]
    public Task No_run_starts_outside_its_window_on_the_nights_when_clocks_change() =>
        HoldsAsync("dst-night", TwoAndOneMore);

    [FaultFact(Postgres = true, Machines = true, Compiler = true)]
    public Task A_node_with_a_wrong_clock_takes_no_run_from_others() => HoldsAsync("clock", 4);
}

/// <summary>Disks that are full, and what is written badly.</summary>
public sealed class FaultsOfDisks : Faults
{
    [FaultFact(Disk = true)]
    public Task A_full_disk_is_said_and_corrupts_nothing() => HoldsAsync("disk-full", TwoAndOneMore);

    [FaultFact]
    public Task A_torn_or_damaged_checkpoint_is_never_gone_on_from() => HoldsAsync("checkpoint", 2);
}

/// <summary>Databases that are away, and two who write at once.</summary>
public sealed class FaultsOfDatabases : Faults
{
    [FaultFact]
    public Task A_database_that_is_away_stops_no_training() => HoldsAsync("database-down", 2);

    [FaultFact]
    public Task A_grid_queued_from_two_shells_at_once_is_trained_once() => HoldsAsync("queued-twice", 4);
}
