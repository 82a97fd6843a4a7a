using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Simulations;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary><c>lab simulate next GRID --target a</c>: what choosing runs saves against making all of a grid.</summary>
internal static class SimulateNextCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen)
    {
        var options = new SimulationOptionSet();
        var design = new Argument<string>("GRID")
        {
            Description = $"A grid's JSON file, or a design of the coverage study: {SweepDesign.Names}",
        };
        var target = TargetOption.Create();
        var command = new Command("next", "What lab next saves: runs chosen from a grid's cells against all of them")
        {
            design, target,
        };
        options.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(screen, parsed, options,
            (parsed.GetRequiredValue(design), parsed.GetRequiredValue(target)), stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, ParseResult parsed, SimulationOptionSet options,
        (string Design, string Target) given, CancellationToken stop)
    {
        var problems = new List<Problem>();
        SweepDesign? design = null;
        problems.Collect(() => design = SweepDesign.Read(given.Design, options.AnyPath(parsed)));
        var law = options.Law(parsed, design, problems);
        var noise = options.Noise(parsed, design, problems);
        var target = TargetParser.Parse(given.Target, problems);
        if (options.Failures(parsed, problems) > 0)
            problems.Add(new Problem("--failures", "is for lab simulate sweep: here every run leaves a loss"));
        if (design is not null && design.Cells.Any(cell => cell.BudgetFlops is null))
        {
            problems.Add(new Problem("GRID",
                "has lengths that are no budgets: the pilot is made of the smallest budgets"));
        }

        var fits = options.Fits(parsed) with { Stop = stop };
        if (fits.Bootstrap < 20) problems.Add(new Problem("--bootstrap", "at least 20 draws are needed"));
        if (problems.Count > 0) throw new InputException(problems);
        var study = new NextRunsDesign(new SimulatedSweep(law!, design!.Cells) { Noise = noise },
            target! with { FlopsPerToken = ComputePerToken.From(design.Cells) })
        {
            Seeds = options.Seeds(parsed) ?? 4,
        };
        var trials = options.Trials(parsed) ?? 200;
        var found = await LongOperation.RunAsync(screen, $"simulating {trials} studies", work =>
            NextRunsStudy.Run(study, trials, fits with { Progress = work }), stop);
        if (options.Json(parsed))
        {
            screen.Out.WriteLine(
                JsonSerializer.Serialize(new { design.Description, target!.Name, noise, found }, Json));
        }
        else
        {
            Show(screen, design, study, found);
        }

        return CliHost.Success;
    }

    private static void Show(Screen screen, SweepDesign design, NextRunsDesign study, NextRunsResult found)
    {
        screen.Out.WriteLine(Invariant($"{design.Description}, one run each, {study.Grid.Flops:0.00e0} FLOPs; ")
            + "noise of "
            + Invariant($"{100 * study.Grid.Noise:G3} % in loss. Target: {study.Target.Name}. ")
            + Invariant($"Pilot: {Quantity.Count(study.Pilot.Count, "run")}; ")
            + Invariant($"then from the same cells, at most {study.Seeds} runs of each."));
        var table = FitLawsView.Table(screen, "FLOPs / grid's", "spent", "runs", "width / grid's", "RMS error / grid's",
            "holds the truth, %");
        foreach (var row in found.Rows)
        {
            table.AddRow(
                Invariant($"{row.Share:G2}"), Invariant($"{row.Spent:F2}"), Invariant($"{row.Runs:F0}"),
                Invariant($"{row.Width:F2} ({row.Width95.Low:F2} to {row.Width95.High:F2})"),
                Invariant($"{row.Error:F2} ({row.Error95.Low:F2} to {row.Error95.High:F2})"),
                Invariant($"{100 * row.Coverage:F1}"));
        }

        screen.Console.Write(table);
        screen.Out.WriteLine(Invariant($"{found.Trials} trials; the grid's intervals hold the truth in ")
            + Invariant($"{100 * found.GridCoverage:F1} %. {found.Reached} trials became as narrow as the grid, ")
            + "and saved "
            + Invariant($"{100 * found.Saved:F1} % of its FLOPs (95 %: {100 * found.Saved95.Low:F1} to ")
            + Invariant($"{100 * found.Saved95.High:F1}; mean of all trials, by the stages above)."));
    }
}
