using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Runs;
using ScalingLab.Runs.Performance;
using ScalingLab.Store.Records;
using Spectre.Console;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// <c>lab bench model FILE...</c>: the model of time, energy and memory held against finished runs on a GPU, each shape
/// predicted by the others.
/// </summary>
internal static class BenchModelCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files of finished runs on one kind of GPU, which 'lab export' writes",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print the calibration as JSON" };
        var command = new Command("model",
            "How near the plan's model of time, energy and memory comes to finished runs on a GPU, shape by shape")
        {
            files, json,
        };
        command.SetAction((parsed, stop) =>
            RunAsync(screen, parsed.GetRequiredValue(files), parsed.GetValue(json), stop));
        return command;
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
                + $"ten, most): time {Errors(calibration.Time)}; energy {Errors(calibration.Energy)}; memory "
                + $"{Errors(calibration.Memory)}."));
    }

    private static string Errors(ErrorRange range) =>
        string.Create(CultureInfo.InvariantCulture, $"{range.Median:P1}, {range.Low - 1:+0.0 %;-0.0 %} to "
            + $"{range.High - 1:+0.0 %;-0.0 %}, {range.Largest:P1}");

    private static string Ratio(double? ratio) => ratio?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}
