using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Programs;
using ScalingLab.Scheduling.Slurm;

namespace ScalingLab.Cli.Execution;

/// <summary>A node that starts no worker but jobs of a cluster.</summary>
internal static class SlurmServing
{
    /// <summary>
    /// The node that is a whole cluster: hands every sweep of the ledger to Slurm, and makes its reports, until it is
    /// stopped.
    /// </summary>
    /// <exception cref="InputException">The node cannot be: the ledger, Slurm.</exception>
    public static async Task ServeAsync(Screen screen, LabHome home, string place, string name,
        NodeRequest request, CancellationToken stop)
    {
        using var ledger = await LedgerPlace.OpenAsync(place, Timeout.InfiniteTimeSpan, screen.Error, stop);
        using var work = new NodeServices(home, ledger, screen.Error.WriteLine, request.Threads)
        {
            WriteResults = SweepResultsView.WriterBeside(screen, home, ledger),
        };
        SlurmLauncher.Require(ledger);
        screen.Out.WriteLine($"node {name}: at most {request.Slurm!.MostJobs} jobs in Slurm at a time, ledger "
            + $"{ledger.Location}");
        screen.Out.Flush();
        var options = SlurmLaunch.Options(home, place, request.Slurm, work) with
        {
            Name = name, Report = work.Options(name, []).Report, LedgerTimeout = Timeout.InfiniteTimeSpan,
            Notify = request.Notify,
        };
        var lines = new NodeLog(screen.Out);
        using var sent = OtlpExport.Start(request.Otlp, ledger, name, lines.WriteLine);
        await SlurmLauncher.RunAsync(ledger, options, lines, stop);
    }
}
