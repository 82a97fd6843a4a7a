using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Evaluation.Metrics;
using ScalingLab.Evaluation.Results;
using ScalingLab.Lab.Evaluations;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Models.Evaluations;

/// <summary>What was measured of a model, as tables.</summary>
internal static class EvalView
{
    public static void Show(Screen screen, EvalDocument measured)
    {
        if (measured.Texts.Count > 0) ShowTexts(screen, measured.Texts);
        if (measured.Tasks.Count > 0) ShowTasks(screen, measured.Tasks);
        screen.Console.WriteLine(
            (measured.Tokens is null ? measured.Model : $"Run {measured.Model}")
                + $", {Quantity.Compact(measured.Parameters)} parameters"
                + (measured.Tokens is { } tokens ? $", {Quantity.Compact(tokens)} tokens." : "."));
    }

    private static void ShowTexts(Screen screen, IReadOnlyList<TextLoss> texts)
    {
        var names = ShortPaths.Shorten([.. texts.Select(t => t.File)]);
        WriteTable(screen, 1, ["text", "tokens", "bytes", "nats/token", "bits/byte", "perplexity"],
            texts.Zip(names, (t, name) => (string[])
            [
                name, Quantity.Whole(t.Tokens), Quantity.Whole(t.Bytes), Fixed(t.Loss), Fixed(t.BitsPerByte),
                    Fixed(t.Perplexity),
            ]));
    }

    private static void ShowTasks(Screen screen, IReadOnlyList<TaskResult> tasks)
    {
        var names = ShortPaths.Shorten([.. tasks.Select(t => t.Task)]);
        WriteTable(screen, 3, ["task", "kind", "metric", "documents", "value", "95 %", "guessing", "95 % guess"],
            tasks.Zip(names).SelectMany(t => t.First.Metrics.Select((m, i) => (string[])
            [
                i == 0 ? t.Second : "", i == 0 ? t.First.Kind : "", m.Name,
                    i == 0 ? Quantity.Whole(t.First.Documents) : "", Number(m.Value), Range(m.Range),
                    m.Guess is { } guess ? Number(guess) : "", Range(m.GuessRange),
            ])));
    }

    private static void WriteTable(Screen screen, int textColumns, IReadOnlyList<string> headings,
        IEnumerable<string[]> rows)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var (column, heading) in headings.Index())
        {
            var head = new TableColumn(heading).NoWrap();
            table.AddColumn(column < textColumns ? head : head.RightAligned());
        }

        foreach (var row in rows) table.AddRow([.. row.Select(TerminalText.EscapeMarkup)]);
        screen.Console.Write(table);
    }

    private static string Range(Range95? range) => range is null ? "" : $"{Number(range.Low)} to {Number(range.High)}";

    // Shares have three digits behind the point, scores of up to 100 and more two.
    private static string Number(double x) => x.ToString(Math.Abs(x) switch
    {
        0 or (>= 0.001 and <= 1) => "F3",
        > 1 and < 1e5 => "F2",
        _ => "0.##e0",
    }, CultureInfo.InvariantCulture);

    private static string Fixed(double x) => x.ToString("F4", CultureInfo.InvariantCulture);
}
