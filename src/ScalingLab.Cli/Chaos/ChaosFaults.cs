using ScalingLab.Cli.Chaos.Injections;
using ScalingLab.Cli.Chaos.Trials;

namespace ScalingLab.Cli.Chaos;

/// <summary>Every fault, in the order of the table.</summary>
internal static class ChaosFaults
{
    public static IReadOnlyList<ChaosFault> Rows { get; } =
    [
        new("host-kill", "kill -9 of the host at random moments of a sweep",
            "every run complete, each result accepted once", 20, 40, HostKills.HostAsync),
        new(
            "worker-kill", "kill -9 of workers at random moments",
            "resumed; work lost at most one checkpoint interval; losses equal an undisturbed sweep bit for bit", 20,
            40, WorkerKills.InjectAsync),
        new(
            "two-nodes", "kill -9 of one of two nodes on PostgreSQL, with all that runs on it",
            "100 % complete; takeover at most the lease (10 s) + 2 s", 4, 4,
            MachineFaults.SwitchedOffAsync),
        new("sigstop", "SIGSTOP of a host past its lease, then SIGCONT", "every stale write rejected", 4, 4,
            MachineFaults.SuspendedAsync),
        new("orphan", "host dies, worker orphaned", "worker gone within 10 s; no device doubly booked", 4, 4,
            MachineFaults.OrphanedAsync),
        new(
            "checkpoint",
            "kill -9 while a checkpoint is written, at random offsets; truncated and bit-flipped checkpoints",
            "0 torn accepted; falls back to the one before", 200, 2, TornCheckpoints.InjectAsync),
        new("disk-full", "disk full under checkpoints and logs, and under the ledger",
            "said, nothing corrupt, resumes when there is room", 1, 4,
            DiskFaults.FullAsync),
        new("poison", "a run that kills its host each time", "quarantined after 3 attempts, all others complete", 2, 8,
            HostKills.PoisonAsync),
        new("clock", "a node's clock off by 60 s", "0 duplicates accepted, no lease lost", 2, 8,
            ClockFaults.SkewedAsync),
        new("dst-night", "the nights on which a clock is set forward and back", "no start outside the window", 1, 4,
            ClockFaults.NightAsync),
        new(
            "database-down", "PostgreSQL stopped for 60 s; SQLite locked for 60 s (4 s by --quick)",
            "training goes on, 0 results lost", 1, 4,
            DatabaseFaults.DownAsync),
        new("queued-twice", "one grid queued from two shells at once", "each run once", 8, 4,
            DatabaseFaults.QueuedTwiceAsync),
        new("slurm", "Slurm of two nodes: a node killed, slurmctld restarted, a job requeued", "all complete", 3, 6,
            SlurmFaults.RunAsync),
    ];
}
