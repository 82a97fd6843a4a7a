using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Planning;
using ScalingLab.Scheduling;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>
/// <c>lab plan GRID [--device rtx4090:2] [--price "0.4 USD/h"] [--json]</c>: what would run, what it takes in time,
/// memory, energy and money, and what is likely to disappoint.
/// </summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    /// <summary>What was asked for.</summary>
    /// <param name="Ledger">The ledger's place.</param>
    /// <param name="Grid">The grid.</param>
    /// <param name="Times">When it would run.</param>
    /// <param name="Json">Whether JSON is printed.</param>
    /// <param name="SlotsEach">Runs at a time on each device; null: one a core, one on a GPU.</param>
    private sealed record Request(string Ledger, GridRequest Grid, QueueTimes Times, bool Json, int? SlotsEach)
    {
        /// <summary>What it is planned for; null: this machine.</summary>
        public string? Device { get; init; }

        /// <summary>What is paid, as typed, in place of what the grid says; none: what the grid says.</summary>
        public string[] Prices { get; init; } = [];
    }

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = new GridOptionSet();
        var times = new TimeOptionSet();
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var slots = RunOptions.SlotsOption();
        var engine = EngineOption.Create();
        var ledger = LedgerOption.Create();
        var device = PlanDeviceOption.Create();
        var price = PriceOption.Create();
        var command = new Command("plan",
            "Say what a grid will run and what it takes in time, memory, energy and money, and warn of what is likely "
                + "to disappoint")
        {
            json, slots, engine, ledger, device, price,
        };
        grid.AddTo(command);
        times.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home.WithEngine(parsed, engine),
            new Request(
                LedgerPlace.Find(parsed.GetValue(ledger), home), grid.Bind(parsed), times.Bind(parsed),
                parsed.GetValue(json), parsed.GetValue(slots))
            {
                Device = parsed.GetValue(device), Prices = parsed.GetValue(price) ?? [],
            },
            stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, Request request, CancellationToken stop)
    {
        var grid = request.Grid;
        var problems = new List<Problem>();
        var now = TimeProvider.System.GetUtcNow();
        var change = request.Times.ToSettingsChange(now, problems);
        var here = await Devices.FindAsync(1, DeviceSelection.GpuSlots, stop);
        var device = PlanDevice.Here(here);
        if (request.Device is { } named)
            problems.Collect(() => device = PlanDevice.Parse(named, here));
        ComputePrice? price = null;
        problems.Collect(() => price = PriceParser.Parse(request.Prices));
        if (problems.Count > 0) problems.Collect(() => grid.Read());
        if (problems.Count > 0) throw new InputException(problems);
        var prepared = await GridPreparation.PrepareAsync(screen, home, grid, stop);
        using var ledger = Ledger.OpenIfThere(request.Ledger);
        var (sweep, data, settings) = (prepared.Sweep, prepared.Data, change(new SweepSettings()));
        var engine = WorkerPrograms.DefaultEngine(home);
        var (plan, forecast) =
            await LongOperation.RunAsync(screen, $"planning {Quantity.Whole(sweep.Cells.Count)} runs", _ =>
            {
                var planned = Plan.Create(sweep, data.Teacher is null ? data.UniqueTrainTokens : null,
                    data.Mixture?.ToDictionary(source => source.Name, source => source.UniqueTrainTokens),
                    device.IsGpu);
                var asked = new ForecastRequest(device, request.Device is not null, request.SlotsEach, price)
                {
                    Processors = ProcessorModels.Read(home),
                    ValidationTokens = data.Teacher is null
                        ? [.. data.Sources.Select(source => source.ValidationTokens)] : [],
                };
                return (planned, asked.Predict(planned, sweep, prepared.Grid.Worker, ledger, engine,
                    new PlanStart(now, Slots: 1, settings.Window)));
            }, stop);
        stop.ThrowIfCancellationRequested();
        var foresight = DeadlineCheck.For(settings, forecast.Estimate, forecast.Slots, now);
        if (foresight.Impossible is { } never) throw new InputException([never]);
        plan = plan with
            { Warnings =
                [.. DataWarnings.For(data), .. plan.Warnings, .. new[] { foresight.Advice }.OfType<string>()] };
        if (request.Json)
            screen.Out.WriteLine(JsonSerializer.Serialize(PlanDocument.From(plan, forecast, engine,
                data.Report.Notes), Json));
        else PlanView.Show(screen, plan, forecast, WorkerPrograms.Describe(home));
        return CliHost.Success;
    }
}
