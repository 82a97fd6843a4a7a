using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ScalingLab.Cli.Consoles;

/// <summary>
/// Text as a terminal may get it: names of files, columns and sweeps come from others, and a terminal obeys what stands
/// in them. Control characters but line ends and tabs, and those that turn the direction of writing, are shown as
/// <c>\u001b</c>.
/// </summary>
internal static class TerminalText
{
    /// <summary>The text with what a terminal would obey spelt out.</summary>
    public static string Escape(string text)
    {
        var first = 0;
        while (first < text.Length && !IsControl(text, first)) first++;
        if (first == text.Length) return text;
        var shown = new StringBuilder(text, 0, first, text.Length + 16);
        for (var i = first; i < text.Length; i++)
        {
            if (IsControl(text, i)) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else shown.Append(text[i]);
        }

        return shown.ToString();
    }

    /// <summary>The same for a field of a table, where markup is no more than text.</summary>
    public static string EscapeMarkup(string text) => Markup.Escape(Escape(text));

    private static bool IsControl(string text, int i) => text[i] switch
    {
        '\n' or '\t' => false,
        '\r' => i + 1 == text.Length || text[i + 1] != '\n', // alone it writes over the line
        >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' => true,
        '\uffff' => true, // no character, and the library that measures tables fails of it
        _ => char.IsControl(text[i]),
    };
}

/// <summary>A writer that shows what it is given.</summary>
internal sealed class EscapingWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => inner.Write(value is null ? null : TerminalText.Escape(value));

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : TerminalText.Escape(value));

    public override void Flush() => inner.Flush();
}

/// <summary>The same for tables and bars: their text is shown, the console's own control codes pass.</summary>
internal sealed class EscapingRenderHook : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(r => new EscapedRenderable(r));

    private sealed class EscapedRenderable(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(segment =>
            segment.IsControlCode || segment.IsLineBreak || TerminalText.Escape(segment.Text) is var text
            && text == segment.Text
                ? segment
                : new Segment(text, segment.Style));
    }
}
