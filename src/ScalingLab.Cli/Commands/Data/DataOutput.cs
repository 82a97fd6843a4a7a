using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Data.Cleaning;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>What the commands for text say, and where they write.</summary>
internal static class DataOutput
{
    private static readonly string[] Endings = [".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    public static string ToJson<T>(T report) => JsonSerializer.Serialize(report, Json);

    /// <summary>Checks that a new file of JSON lines can be written there.</summary>
    /// <exception cref="InputException">It cannot.</exception>
    public static string? RequireJsonLines(string? path)
    {
        if (path is null) return null;
        if (!Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            throw new InputException("--out", $"{path} is written as JSON lines: give a name that ends in "
                + $"{string.Join(", ", Endings)}");
        LabHome.RequireNewFile("--out", path);
        return path;
    }

    /// <summary>A whole number of at least 1, as people write it: 10M, 2e6.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static long Amount(string option, string text) =>
        Quantity.Parse(text) is >= 1 and <= 1e18 and { } amount && amount == Math.Floor(amount)
        ? (long)amount
        : throw new InputException(option, $"is '{text}'; a whole number from 1 to 1e18 is expected, as 10M is");

    /// <summary>Does the work, saying what is done just now where it takes long.</summary>
    public static Task<T> WorkAsync<T>(Screen screen, string what, Func<IProgress<string>, T> work,
        CancellationToken stop) => LongOperation.RunAsync(screen, what, said => work(new Stages(said)), stop);

    /// <summary>A table whose first column is text and whose others are numbers.</summary>
    public static void WriteTable(Screen screen, IReadOnlyList<string> headings, IEnumerable<string[]> rows,
        int textColumns = 1)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var (column, heading) in headings.Index())
        {
            var head = new TableColumn(heading);
            table.AddColumn(column < textColumns ? head : head.NoWrap().RightAligned());
        }
        foreach (var row in rows) table.AddRow([.. row.Select(TerminalText.EscapeMarkup)]);
        screen.Console.Write(table);
    }

    /// <summary>Documents, MB and their shares of all.</summary>
    public static string[] Row(string what, TextCount count, TextCount all) =>
    [
        what, Quantity.Whole(count.Documents), Percent(count.Documents, all.Documents), Megabytes(count.Bytes),
        Percent(count.Bytes, all.Bytes),
    ];

    public static string Megabytes(long bytes) => (bytes / 1e6).ToString("N2", CultureInfo.InvariantCulture);

    public static string Percent(double part, double whole) =>
        whole == 0 ? "" : (100 * part / whole).ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>Says the notes on standard error, and the report as JSON or as it is shown.</summary>
    /// <returns>The exit code.</returns>
    public static int Answer<T>(Screen screen, T report, IEnumerable<string> notes, bool asJson, Action show)
    {
        foreach (var note in notes) screen.Error.WriteLine($"data: {note}");
        if (asJson) screen.Out.WriteLine(JsonSerializer.Serialize(report, Json));
        else show();
        return CliHost.Success;
    }

    private sealed class Stages(LongOperation said) : IProgress<string>
    {
        public void Report(string value) => said.SetStage(value);
    }
}
