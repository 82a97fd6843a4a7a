using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Runs.Performance;
using Spectre.Console;

namespace ScalingLab.Cli.Views;

/// <summary>A model of a processor's times, shape by shape.</summary>
internal static class ProcessorModelView
{
    public static void Show(Screen screen, ProcessorModel model)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in (string[])["layers x width", "heads", "vocabulary", "context", "batch", "step ms",
            "time"])
            table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (var shape in model.Shapes)
            table.AddRow(string.Create(CultureInfo.InvariantCulture, $"{shape.Layers} x {shape.Width}"),
                Quantity.Whole(shape.Heads), Quantity.Whole(shape.Vocabulary), Quantity.Whole(shape.Context),
                Quantity.Whole(shape.BatchTokens), Quantity.Compact(shape.StepSeconds * 1e3),
                shape.Time.ToString("0.000", CultureInfo.InvariantCulture));
        screen.Console.Write(table);
        screen.Console.WriteLine(TerminalText.Escape(string.Create(CultureInfo.InvariantCulture,
            $"{model.Device}, {EnumNames.ToName(model.Engine)} ({model.EngineVersion}), "
                + $"{EnumNames.ToName(model.Precision)}, workers at once {model.Load.Workers}; matrix products "
                + $"{model.Rates.FlopsPerSecond / 1e9:0.0} GFLOP/s, copies {model.Rates.BytesPerSecond / 1e9:0.0} "
                + $"GB/s at most{Memory(model)}.")));
        screen.Console.WriteLine("Time measured over predicted, each shape by the others; off by (median, nine in ten, "
            + $"most): {Errors(model.Time)}.");
    }

    private static string Memory(ProcessorModel model) => model.Memory is not { } held ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; beside what is counted, a process held {held.Runtime / 1e6:0} "
            + $"MB and {held.Parameter:0.0} bytes a parameter");

    /// <summary>"2.9 %, -6.1 % to +7.0 %, 7.4 %": median, nine in ten, most.</summary>
    internal static string Errors(ErrorRange range) =>
        string.Create(CultureInfo.InvariantCulture, $"{range.Median:P1}, {range.Low - 1:+0.0 %;-0.0 %} to "
            + $"{range.High - 1:+0.0 %;-0.0 %}, {range.Largest:P1}");
}
