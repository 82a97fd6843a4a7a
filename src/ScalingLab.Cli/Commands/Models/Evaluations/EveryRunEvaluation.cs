using ScalingLab.Cli.Commands.Queueing;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>
/// <c>lab eval SWEEP --every-run</c>: scores every finished run of a sweep from its kept model and writes the sweep's
/// results with the scores.
/// </summary>
internal static class EveryRunEvaluation
{
    /// <summary>Scores them.</summary>
    /// <param name="screen">Where progress and results are shown.</param>
    /// <param name="home">Checkpoints and kept tasks.</param>
    /// <param name="place">The ledger.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="stop">Ends it early; what is scored by then is kept.</param>
    /// <exception cref="InputException">There is no such sweep, or its grid asks nothing and neither does the command:
    /// what to do.</exception>
    public static async Task<int> RunAsync(
        Screen screen, LabHome home, string place, Request request, CancellationToken stop)
    {
        if (request.Device != "cpu") await DeviceSelection.RequireAsync(home, request.Device, stop);
        using var ledger = ExistingLedger.Open(place);
        var sweep = request.Sweep;
        if (ledger.Find(sweep) is null)
            throw new InputException("RUN", $"'{sweep}' is no sweep of this ledger (sweeps: "
                + $"{string.Join(", ", ledger.Sweeps().Select(s => s.Name))}); --every-run asks all runs of one");
        var tasks = request.Tasks.Count > 0 ? request.Tasks
            : SweepPreparation.Read(sweep, ledger.Settings(sweep)).Tasks ?? [];
        if (tasks.Count == 0)
            throw new InputException("--every-run", $"nothing is asked: give --task FILE or --generate N, or \"evaluate\" "
                + "in the sweep's grid");
        TaskReader.Require(request.Tasks);
        IReadOnlyList<RunTask> kept = request.Tasks.Count > 0
            ? [.. tasks.Select(task => KeptTasks.Find(KeptTasks.Keep(task, home.State), home.State)!)]
            : [.. tasks.Select(task => KeptTasks.Find(task, home.State)
                ?? throw new InputException(task.Name, $"is not in {home.State}; give its file as --task FILE"))];
        var scoring = new SweepScoring(new ScreenOperations(screen), home, ledger)
            { Threads = request.Threads, Device = request.Device };
        var (scored, failed) = await scoring.ScoreAsync(sweep, kept, stop);
        screen.Out.WriteLine($"{sweep}: {scored} runs scored on {string.Join(", ", kept.Select(t => t.Name))}"
            + (failed == 0 && scored == 0 ? ", all the others before" : "") + ".");
        await SweepResultsView.WriteAsync(screen, home, ledger, sweep, stop);
        return failed == 0 ? CliHost.Success : CliHost.Failure;
    }

    /// <summary>What is asked.</summary>
    /// <param name="Sweep">The sweep.</param>
    /// <param name="Tasks">The tasks; none: those of its grid.</param>
    /// <param name="Threads">CPU threads of the worker.</param>
    /// <param name="Device">"cpu" or "cuda:0".</param>
    internal sealed record Request(string Sweep, IReadOnlyList<RunTask> Tasks, int Threads, string Device);
}
