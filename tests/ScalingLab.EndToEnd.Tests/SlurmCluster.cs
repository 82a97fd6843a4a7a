using System.Diagnostics;
using ScalingLab.Store.Storage;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// A test on a real cluster; skipped, with the reason, where there is no Slurm or no PostgreSQL to start.
/// </summary>
public sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute() => Skip = SlurmCluster.WhyNot ?? PostgresServer.WhyNot;
}

/// <summary>
/// A Slurm cluster of one controller and two nodes on this machine, by tools/slurm/two-nodes.sh. It is stopped and
/// deleted at the end, also when this process is killed: its shell waits for the end of its standard input.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string Script = Repository.At("tools/slurm/two-nodes.sh");
    private static readonly string[] Programs =
        ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol"];
    private readonly Process _running;

    public SlurmCluster()
    {
        _running =
            Process.Start(new ProcessStartInfo("bash", [Script, "run", "bash", "-c", "echo \"$TWO_NODES\"; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Folder = _running.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the cluster did not start");
    }

    /// <summary>Why no cluster can be started on this machine; null where one can.</summary>
    public static string? WhyNot { get; } =
        Programs.FirstOrDefault(p => !Places.Any(f => File.Exists(Path.Combine(f, p)))) is { } missing
        ? $"Slurm is not installed (Debian's packages slurm-wlm and munge): there is no {missing}."
        : Environment.IsPrivilegedProcess ? null : "A cluster is started by root only.";

    public string Folder { get; }

    /// <summary>What Slurm's programs and <c>lab</c> find this cluster by.</summary>
    public string Configuration => Path.Combine(Folder, "slurm.conf");

    private static IEnumerable<string> Places => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':');

    /// <summary>What the jobs of a lab have said.</summary>
    public static string JobsSaid(QueueLab queue) =>
        string.Concat(Directory.EnumerateFiles(queue.Lab.At("home/logs/slurm")).Select(File.ReadAllText));

    /// <summary>Whether the controller's log has these words.</summary>
    public bool ControllerSaid(string words) =>
        File.ReadAllText(Path.Combine(Folder, "log", "slurmctld.log")).Contains(words, StringComparison.Ordinal);

    /// <summary>
    /// Queues a lab's grid, and starts a node that hands its runs, of the dummy worker, to this cluster.
    /// </summary>
    public async Task<RunningLab> LaunchAsync(QueueLab queue)
    {
        queue.Lab.Environment["SLURM_CONF"] = Configuration;
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        return queue.Start("node", "--launcher", "slurm", "--name", "cluster", "--slurm-env", "DUMMY_STEP_MS");
    }

    /// <summary>Ends a node with all its jobs, or the controller, as a power cut does.</summary>
    public void Kill(string part) => Do("kill", part);

    public void StartAgain(string part) => Do("start", part);

    /// <summary>Runs a program, with this cluster as Slurm's own programs have it; what it printed.</summary>
    public string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment["SLURM_CONF"] = Configuration;
        return Testing.Programs.Run(start);
    }

    // Nothing is redirected: a daemon that is started would keep the pipe open for as long as it lives.
    private void Do(string what, string part)
    {
        using var process = Process.Start("bash", [Script, what, Folder, part]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose()
    {
        _running.StandardInput.Close();
        if (!_running.WaitForExit(TimeSpan.FromSeconds(30))) _running.Kill();
        _running.Dispose();
    }
}
