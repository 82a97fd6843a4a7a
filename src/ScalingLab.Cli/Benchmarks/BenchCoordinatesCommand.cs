using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Laws;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// <c>lab bench coordinates</c>: whether a parametrisation carries a learning rate from width to width, by how far a
/// model's numbers move in its first steps (Yang et al. 2022, arXiv 2203.03466, appendix D.1).
/// </summary>
internal static class BenchCoordinatesCommand
{
    private const int Layers = 2;
    private const int HeadWidth = 16;
    private const int Vocabulary = 256;
    private const int Context = 64;
    private const int Sequences = 16;

    public static Command Create(Screen screen, LabHome home)
    {
        var widths = new Option<int[]>("--width")
        {
            Description = "Widths, multiples of 16; 64 128 256 512 unless given", AllowMultipleArgumentsPerToken = true,
        };
        var recipe = new Option<string[]>("--recipe")
        {
            Description = "Fields of a grid's recipe: parametrisation=mup baseWidth=64 learningRate=0.01 ...",
                AllowMultipleArgumentsPerToken = true,
        };
        var steps = RunOptions.PositiveInteger("--steps", "Training steps; 10 unless given");
        var engine = EngineOption.Create();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command =
            new Command("coordinates", "How far a model's numbers move in its first steps, over widths: a check of muP")
        {
            widths, recipe, steps, engine, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var trains = home.WithEngine(parsed, engine);
            var measured = Ordered(parsed.GetValue(widths) is { Length: > 0 } given ? given : [64, 128, 256, 512]);
            var places = await MeasureAsync(
                trains, measured, parsed.GetValue(recipe) ?? [], parsed.GetValue(steps) ?? 10, stop);
            if (parsed.GetValue(json))
                screen.Out.WriteLine(RunJson.Serialize(new { Widths = measured, Places = places }));
            else Show(screen, measured, places);
            return CliHost.Success;
        });
        return command;
    }

    /// <summary>The widths, each once, in their order.</summary>
    /// <exception cref="InputException">A width that heads do not fill, or one width alone.</exception>
    private static IReadOnlyList<int> Ordered(IReadOnlyList<int> widths)
    {
        var problems = widths.Distinct().Where(w => w < HeadWidth || w % HeadWidth != 0)
            .Select(w => new Problem("--width", $"is {Quantity.Whole(w)}; a multiple of {HeadWidth} is expected: heads "
                + $"are {HeadWidth} wide at every width"))
            .ToList();
        if (widths.Distinct().Count() < 2)
            problems.Add(new Problem("--width", "a slope takes two different widths at least"));
        return problems.Count > 0 ? throw new InputException(problems) : [.. widths.Distinct().Order()];
    }

    /// <summary>Each place of the model with its change at each width, by a worker a width.</summary>
    private static async Task<IReadOnlyList<CoordinateChange>> MeasureAsync(
        LabHome home, IReadOnlyList<int> widths, IReadOnlyList<string> recipe, int steps, CancellationToken stop)
    {
        string[] constant = recipe.Any(w => w.StartsWith("warmup", StringComparison.Ordinal)) ? []
            : ["warmup=0", "schedule=constant"];
        var moved = new List<IReadOnlyList<ActivationChange>>();
        foreach (var width in widths)
        {
            var shape =
                new ModelShape
                { Layers = Layers, Width = width, Heads = width / HeadWidth, Vocabulary = Vocabulary,
                    Context = Context };
            var spec =
                new BenchCase("coordinates", shape, Sequences)
                { Recipe = [.. constant, .. recipe] }.Spec(Precision.Fp32, steps);
            var settings =
                new WorkerSettings { DataFolder = "", CheckpointFolder = "", Threads = Environment.ProcessorCount };
            var answer =
                await BenchCommand.RunWorkerAsync(home, $"width {width}", spec, settings, "--coordinates", stop);
            moved.Add(RunJson.Deserialize<IReadOnlyList<ActivationChange>>(answer[0]));
        }

        List<double> measured = [.. widths.Select(width => (double)width)];
        return [.. moved[0].Select((c, i) =>
        {
            List<double> changes = [.. moved.Select(m => m[i].Change)];
            return new CoordinateChange(c.Place, changes, PowerLaw.Through(measured, changes)!.Exponent);
        })];
    }

    private static void Show(Screen screen, IReadOnlyList<int> widths, IReadOnlyList<CoordinateChange> places)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        table.AddColumn("place");
        foreach (var width in widths) table.AddColumn(new TableColumn(Quantity.Whole(width)).NoWrap().RightAligned());
        table.AddColumn(new TableColumn("change ~ width^").NoWrap().RightAligned());
        foreach (var place in places)
        {
            table.AddRow([
                place.Place,
                .. place.Changes.Select(change => change.ToString("0.0000", CultureInfo.InvariantCulture)),
                place.Slope.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture),
            ]);
        }

        screen.Console.Write(table);
        screen.Console.WriteLine("Root mean square of the change on a fixed batch. Where a rate carries over from "
            + "width to width, slopes are near 0; "
            + "where they are above, training breaks at some width, where they are below it stops learning there.");
    }

    /// <summary>A place with its change at each width.</summary>
    private sealed record CoordinateChange(string Place, IReadOnlyList<double> Changes, double Slope);
}
