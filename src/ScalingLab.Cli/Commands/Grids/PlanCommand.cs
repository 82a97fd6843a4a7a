using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Formatting;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Planning;
using ScalingLab.Cli.Programs;
using ScalingLab.Cli.Views;
using ScalingLab.Runs;
using ScalingLab.Runs.Planning;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary><c>lab plan GRID [--json]</c>: what would run, what it costs, and what is likely to disappoint.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    /// <summary>What was asked for.</summary>
    /// <param name="Ledger">The ledger's place.</param>
    /// <param name="Grid">The grid.</param>
    /// <param name="Times">When it would run.</param>
    /// <param name="Json">Whether JSON is printed.</param>
    /// <param name="Slots">Runs at a time.</param>
    private sealed record Request(string Ledger, GridRequest Grid, QueueTimes Times, bool Json, int Slots);

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = new GridOptionSet();
        var times = new TimeOptionSet();
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var slots = RunOptions.SlotsOption();
        var engine = EngineOption.Create();
        var ledger = LedgerOption.Create();
        var command =
            new Command("plan", "Say what a grid will run, with totals, and warn of what is likely to disappoint")
        {
            json, slots, engine, ledger,
        };
        grid.AddTo(command);
        times.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home.WithEngine(parsed, engine),
            new Request(
                LedgerOption.Place(parsed.GetValue(ledger), home), grid.Bind(parsed), times.Bind(parsed),
                parsed.GetValue(json), parsed.GetValue(slots) ?? Environment.ProcessorCount),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, Request request, CancellationToken stop)
    {
        var (grid, slots) = (request.Grid, request.Slots);
        var problems = new List<Problem>();
        var now = TimeProvider.System.GetUtcNow();
        var change = request.Times.ToSettingsChange(now, problems);
        if (problems.Count > 0) QueueTimes.CollectProblems(problems, () => grid.Read());
        if (problems.Count > 0) throw new InputException(problems);
        var prepared = await PreparedSweep.PrepareAsync(screen, home, grid, stop);
        using var ledger = Ledger.OpenIfThere(request.Ledger);
        var (sweep, data) = (prepared.Sweep, prepared.Data);
        var (plan, estimate) =
            await LongOperation.RunAsync(screen, $"planning {Quantity.Whole(sweep.Cells.Count)} runs", _ => (
            Plan.Create(sweep, data.Teacher is null ? data.UniqueTrainTokens : null,
                data.Mixture?.ToDictionary(source => source.Name, source => source.UniqueTrainTokens)),
            TimeEstimate.For(sweep, TimeBasis.Read(ledger, WorkerPrograms.DefaultEngine(home)), slots,
                prepared.Grid.Worker.Gpus ?? 1)), stop);
        stop.ThrowIfCancellationRequested();
        var foresight = DeadlineCheck.For(change(new SweepSettings()), estimate, slots, now);
        if (foresight.Impossible is { } never) throw new InputException([never]);
        plan = plan with
            { Warnings =
                [.. DataWarnings.For(data), .. plan.Warnings, .. new[] { foresight.Advice }.OfType<string>()] };
        if (request.Json)
        {
            var document = new
            {
                plan.Name,
                plan.Question,
                plan.Runs,
                RunsFinished = estimate.RunsFinished,
                plan.Tokens,
                plan.Flops,
                plan.TrainTokens,
                EstimatedSeconds = estimate.Wall?.TotalSeconds,
                EstimatedDeviceSeconds = estimate.DeviceTime?.TotalSeconds,
                EstimatedFromRuns = estimate.BasisRuns,
                EstimatedFromOtherEngines = estimate.BasisOthers,
                Slots = slots,
                Engine = WorkerPrograms.DefaultEngine(home),
                plan.Warnings,
                DataNotes = data.Report.Notes,
                plan.Rows,
            };
            screen.Out.WriteLine(JsonSerializer.Serialize(document, Json));
            return CliHost.Success;
        }

        PlanView.Show(screen, plan, estimate, slots, prepared.Grid.Worker.Price, WorkerPrograms.Describe(home));
        return CliHost.Success;
    }
}
