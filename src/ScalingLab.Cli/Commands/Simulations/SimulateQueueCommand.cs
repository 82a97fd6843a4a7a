using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary>
/// <c>lab simulate queue GRID... --nodes 1000 --device h200:8</c>: when sweeps end on a cluster, how much of it stands
/// idle, and what its ledger has to bear.
/// </summary>
internal static class SimulateQueueCommand
{
    private const int MostNodes = 100_000;

    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    private static readonly Argument<string[]> Grids =
        new("GRID") { Description = "Grids' JSON files: the sweeps that are queued", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<int?> Nodes =
        RunOptions.PositiveInteger("--nodes", "How many nodes, all alike; 1 unless given", MostNodes);

    private static readonly Option<int?> Copies = RunOptions.PositiveInteger("--copies",
        "Queue each run so often, as further seeds would be; once unless given", QueueStudy.MostRuns);

    private static readonly Option<double?> Speed = new("--speed")
    {
        Description = "FLOP/s of a run, in place of what is known of the device, e.g. 2e13",
    };

    private static readonly Option<double?> ClaimMilliseconds = RunOptions.Number("--claim-ms",
        "Milliseconds of a claim of the ledger; as measured unless given: 0.3 of SQLite (one node), 1.9 of PostgreSQL",
        0, 1e6);

    private static readonly Option<bool> AnyPath = GridOptionSet.AllowPathsOption();

    private static readonly Option<bool> IsJson =
        new("--json") { Description = "JSON on standard output instead of a table" };

    public static Command Create(Screen screen, LabHome home)
    {
        var (device, slots, ledger) = (PlanDeviceOption.Create(), RunOptions.SlotsOption(), LedgerOption.Create());
        var command = new Command("queue",
            "When sweeps end on a cluster, how much of it stands idle, and what its ledger has to bear")
        {
            Grids, Nodes, device, slots, Copies, Speed, ClaimMilliseconds, AnyPath, ledger, IsJson,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var here = await Devices.FindAsync(1, DeviceSelection.GpuSlots, stop);
            using var known = Ledger.OpenIfThere(LedgerPlace.Find(parsed.GetValue(ledger), home));
            var request = Bind(parsed, here, (parsed.GetValue(device), parsed.GetValue(slots)), known);
            var study = await LongOperation.RunAsync(screen, "simulating the queue", _ => QueueStudy.Create(request),
                stop);
            if (parsed.GetValue(IsJson))
                screen.Out.WriteLine(JsonSerializer.Serialize(QueueStudyView.Document(study), Json));
            else QueueStudyView.Show(screen, study);
            return CliHost.Success;
        });
        return command;
    }

    private static QueueStudyRequest Bind(ParseResult parsed, IReadOnlyList<Store.Records.NodeDevice> here,
        (string? Device, int? Slots) given, Ledger? ledger)
    {
        var problems = new List<Problem>();
        var device = PlanDevice.Here(here);
        if (given.Device is { } named) problems.Collect(() => device = PlanDevice.Parse(named, here));
        var grids = new List<(string, Grid)>();
        foreach (var file in parsed.GetValue(Grids) ?? [])
            problems.Collect(() => grids.Add((file, new GridRequest(file, parsed.GetValue(AnyPath), []).Read())));
        var speed = parsed.GetValue(Speed);
        if (speed is { } rate && !(rate > 0 && double.IsFinite(rate)))
            problems.Add(new Problem("--speed", "a positive number of FLOP/s is expected, e.g. 2e13"));
        if (problems.Count > 0) throw new InputException(problems);
        var nodes = parsed.GetValue(Nodes) ?? 1;
        var slots = given.Slots ?? (device.IsGpu ? DeviceSelection.GpuSlots : Environment.ProcessorCount);
        var basis = TimeBasis.Read(ledger);
        var by = new RunForecaster(device, new GridWorker(), slots)
        {
            History = [.. basis.Speeds.Where(one => !device.IsGpu && one.DeviceClass == device.Class)],
            Measured = device.Sheet is { } sheet ? DeviceSpeeds.Read(ledger, sheet) : DeviceSpeeds.None,
        };
        var rates = nodes > 1 ? LedgerRates.Postgres : LedgerRates.Sqlite;
        return new QueueStudyRequest(grids, nodes, parsed.GetValue(Copies) ?? 1, by)
        {
            Speed = speed,
            Ledger = parsed.GetValue(ClaimMilliseconds) is { } claim
                ? rates with { ClaimSeconds = claim / 1000 } : rates,
        };
    }
}
