using ScalingLab.Cli.Consoles;

namespace ScalingLab.Cli.Tests;

/// <summary>A terminal obeys nothing that stands in a name.</summary>
public class TerminalTextTests
{
    [Theory]
    [InlineData("plain, with ä and 模型", "plain, with ä and 模型")]
    [InlineData("a\tb\nc\r\nd", "a\tb\nc\r\nd")]
    [InlineData("\u001b[31mred\u0007", "\\u001b[31mred\\u0007")]
    [InlineData("over\rwritten", "over\\u000dwritten")]
    [InlineData("\u009b2J\u0000", "\\u009b2J\\u0000")]
    [InlineData("no\uffffcharacter", "no\\uffffcharacter")]
    [InlineData("txt.\u202egpj", "txt.\\u202egpj")]
    public void Control_characters_are_shown_as_text(string said, string shown)
    {
        Assert.Equal(shown, TerminalText.Escape(said));
        using var inner = new StringWriter { NewLine = "\n" };
        using (var writer = new EscapingWriter(inner))
        {
            writer.WriteLine(said);
            writer.Write(said);
            writer.Write(said.AsSpan());
            writer.WriteLine();
        }

        Assert.Equal($"{shown}\n{shown}{shown}\n", inner.ToString());
    }
}
