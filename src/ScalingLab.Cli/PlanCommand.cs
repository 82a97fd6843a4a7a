using System.CommandLine;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary><c>lab plan GRID [--json]</c>: what would run, what it costs, and what is likely to disappoint.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = GivenGrid.Argument();
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var slots = RunOptions.SlotsOption();
        var anyPath = GivenGrid.AnyPathOption();
        var ledger = LedgerOption.Create();
        var command = new Command("plan", "Say what a grid will run, with totals, and warn of what is likely to disappoint")
        {
            grid, json, slots, anyPath, ledger,
        };
        command.SetAction((parsed, stop) => Task.FromResult(
            Run(
                screen, home, LedgerOption.Place(parsed.GetValue(ledger), home),
                new GivenGrid(parsed.GetRequiredValue(grid), parsed.GetValue(anyPath)), parsed.GetValue(json),
                RunOptions.SlotsOf(parsed.GetValue(slots)), stop)));
        return command;
    }

    public static int Run(Screen screen, LabHome home, string place, GivenGrid grid, bool json, int slots, CancellationToken stop)
    {
        var prepared = PreparedSweep.Of(screen, home, grid, stop);
        var plan = Plan.Of(
            prepared.Sweep, prepared.Data.UniqueTrainTokens, prepared.Data.Mixture?.ToDictionary(source => source.Name, source => source.UniqueTrainTokens));
        plan = plan with { Warnings = [.. TextAdvice.Of(prepared.Data), .. plan.Warnings] };
        var estimate = TimeEstimate.Of(prepared.Sweep, Finished(place), slots);
        if (json)
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
                EstimatedFromRuns = estimate.BasisRuns,
                Slots = slots,
                plan.Warnings,
                DataNotes = prepared.Data.Report.Notes,
                plan.Rows,
            };
            screen.Out.WriteLine(JsonSerializer.Serialize(document, Json));
            return Door.Done;
        }

        PlanView.Show(screen, plan, estimate, slots);
        return Door.Done;
    }

    /// <summary>Finished runs of every sweep in the ledger.</summary>
    private static IReadOnlyList<RunRecord> Finished(string place)
    {
        using var ledger = LedgerOption.OpenIfThere(place);
        return ledger is null
            ? []
            : [.. ledger.Sweeps().SelectMany(s => ledger.Records(s.Name, withPoints: false)).Where(r => r.State == RunState.Completed)];
    }
}
