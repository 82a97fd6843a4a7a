using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Tokenizers;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Tokenizers;

/// <summary>A comparison of tokenizers as a table.</summary>
internal static class TokenizerView
{
    /// <param name="screen">Where it goes.</param>
    /// <param name="rows">A row for each text and tokenizer.</param>
    /// <param name="by">The field that they go by; null: files.</param>
    public static void Show(Screen screen, IReadOnlyList<TokenizerRow> rows, string? by)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        string[] headings =
            [by ?? "file", "tokenizer", "vocabulary", "bytes", "words", "tokens", "bytes/token", "tokens/word", "MB/s"];
        foreach (var heading in headings)
        {
            var column = new TableColumn(TerminalText.EscapeMarkup(heading)).NoWrap();
            table.AddColumn(table.Columns.Count < 2 ? column : column.RightAligned());
        }
        foreach (var row in rows)
        {
            string[] values =
            [
                Excerpt.FirstLine(row.Text), Excerpt.FirstLine(row.Tokenizer), Quantity.Whole(row.Vocabulary),
                Quantity.Whole(row.Bytes), Quantity.Whole(row.Words), Quantity.Whole(row.Tokens),
                Number(row.BytesPerToken, "F3"), Number(row.TokensPerWord, "F3"),
                Quantity.Plain(row.MegabytesPerSecond),
            ];
            table.AddRow([.. values.Select(TerminalText.EscapeMarkup)]);
        }
        screen.Console.Write(table);
        screen.Console.WriteLine("Words: what stands between white space. Ends of documents are not counted. MB/s: "
            + "encoding here, on one thread.");
    }

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
