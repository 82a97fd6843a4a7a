using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Performance;
using ScalingLab.Store.Records;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// <c>lab bench model FILE...</c>: the model of time, energy and memory held against finished runs on a GPU, each shape
/// predicted by the others; <c>lab bench model --measure</c>: a model of this machine's processor, made and kept.
/// </summary>
internal static class BenchModelCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen, LabHome home)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files of finished runs on one kind of GPU, which 'lab export' writes",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var measure = new Option<bool>("--measure")
        {
            Description = "Time small shapes on this machine's processor, and keep what plans need of it",
        };
        var threads = RunOptions.PositiveInteger("--threads", "With --measure: threads of a worker");
        var slots = RunOptions.PositiveInteger("--slots", "With --measure: workers at once");
        var engine = EngineOption.Create();
        string[] formats = [EnumNames.ToName(Precision.Fp32), EnumNames.ToName(Precision.Bf16)];
        var precisions = new Option<string[]>("--precision")
        {
            Description = "With --measure: fp32 and bf16 unless given", AllowMultipleArgumentsPerToken = true,
        }.AcceptOnlyFromAmong(formats);
        var shapes = RunOptions.PositiveInteger("--shapes", "With --measure: how many shapes, the narrowest first; all "
            + "unless given");
        var json = new Option<bool>("--json") { Description = "Print the calibration as JSON" };
        var command = new Command("model",
            "How near the plan's model of time, energy and memory comes to finished runs on a GPU or, with --measure, "
                + "to small shapes on this processor, shape by shape")
        {
            files, measure, threads, slots, engine, precisions, shapes, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var given = parsed.GetValue(files) ?? [];
            Require(parsed.GetValue(measure), given.Length > 0, parsed.GetValue(threads) is not null
                || parsed.GetValue(slots) is not null || parsed.GetValue(precisions) is { Length: > 0 }
                || parsed.GetValue(shapes) is not null, parsed.GetValue(shapes));
            if (!parsed.GetValue(measure)) return RunAsync(screen, given, parsed.GetValue(json), stop);
            var words = parsed.GetValue(precisions) is { Length: > 0 } some ? some : formats;
            return MeasureAsync(new ProcessorMeasurement(screen, home.WithEngine(parsed, engine),
                    [.. words.Distinct().Select(word => EnumNames.Find<Precision>(word)!.Value)],
                    parsed.GetValue(shapes) ?? ProcessorMeasurement.MostShapes),
                Loads(parsed.GetValue(threads), parsed.GetValue(slots)), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static void Require(bool measure, bool files, bool how, int? shapes)
    {
        var problems = new List<Problem>();
        if (measure && files) problems.Add(new Problem("FILE", "goes with runs on a GPU, not with --measure"));
        if (!measure && !files)
            problems.Add(new Problem("FILE", "is missing; or --measure, which times this machine's processor"));
        if (!measure && how)
            problems.Add(new Problem("--measure", "is missing: threads, slots, precision and shapes are its"));
        if (shapes is { } count
            && (count < ProcessorCalibrator.LeastShapes || count > ProcessorMeasurement.MostShapes))
            problems.Add(new Problem("--shapes", string.Create(CultureInfo.InvariantCulture, $"is {count}; "
                + $"{ProcessorCalibrator.LeastShapes} to {ProcessorMeasurement.MostShapes} is expected")));
        if (problems.Count > 0) throw new InputException(problems);
    }

    // As runs are by default, one a core; a run that has all cores; and a run of one thread that is alone.
    private static IReadOnlyList<ProcessorLoad> Loads(int? threads, int? slots)
    {
        var cores = Environment.ProcessorCount;
        if (threads is not null || slots is not null)
            return [new ProcessorLoad(threads ?? 1, slots ?? Math.Max(1, cores / (threads ?? 1)))];
        return [.. new[] { new ProcessorLoad(1, cores), new(1, 1), new(cores, 1) }.Distinct()];
    }

    private static async Task<int> MeasureAsync(ProcessorMeasurement measurement, IReadOnlyList<ProcessorLoad> loads,
        bool json, CancellationToken stop)
    {
        var screen = measurement.Screen;
        var models = await measurement.RunAsync(loads, stop);
        ProcessorModels.Keep(measurement.Home, models);
        if (json) screen.Out.WriteLine(JsonSerializer.Serialize(models, Json));
        else foreach (var model in models) ProcessorModelView.Show(screen, model);
        return CliHost.Success;
    }

    private static async Task<int> RunAsync(Screen screen, string[] files, bool json, CancellationToken stop)
    {
        var calibration = await LongOperation.RunAsync(screen, "reading", _ => Calibrator.Calibrate([.. Read(files)]),
            stop);
        if (json) screen.Out.WriteLine(JsonSerializer.Serialize(calibration, Json));
        else Show(screen, calibration);
        return CliHost.Success;
    }

    /// <summary>The runs of files that can tell of the model, each once.</summary>
    /// <exception cref="InputException">A file cannot be read: every problem.</exception>
    public static IEnumerable<MeasuredRun> Read(IEnumerable<string> files) =>
        files.SelectMany(RunsFile.Read).DistinctBy(run => run.Run).Select(FinishedRunCost.ToMeasured)
            .Where(Calibrator.IsUsable);

    private static void Show(Screen screen, Calibration calibration)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in new[] { "layers x width", "runs", "time", "energy", "memory" })
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var shape in calibration.ByShape)
            table.AddRow(string.Create(CultureInfo.InvariantCulture, $"{shape.Layers} x {shape.Width}"),
                Quantity.Whole(shape.Runs), Ratio(shape.Time), Ratio(shape.Energy), Ratio(shape.Memory));
        screen.Console.Write(table);
        screen.Console.WriteLine("Measured over predicted, mean of a shape's runs; time and energy by the other "
            + "shapes.");
        screen.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{calibration.Device}, {calibration.Runs} runs of {calibration.Shapes} shapes; off by (median, nine in "
                + $"ten, most): time {ProcessorModelView.Errors(calibration.Time)}; "
                + $"energy {ProcessorModelView.Errors(calibration.Energy)}; memory "
                + $"{ProcessorModelView.Errors(calibration.Memory)}."));
    }

    private static string Ratio(double? ratio) => ratio?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}
