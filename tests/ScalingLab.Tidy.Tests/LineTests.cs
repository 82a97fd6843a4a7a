using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace ScalingLab.Tidy.Tests;

/// <summary>A line has at most 120 columns, so that two files stand beside each other on a screen.</summary>
public sealed partial class LineTests
{
    private const int Most = 120;

    // Written by `lab bench coverage`, `lab bench minima` and `lab chaos`.
    private static readonly string[] Generated = ["docs/coverage.md", "docs/minima.md", "docs/faults.md"];

    /// <summary>
    /// What a string holds does not count: a message, SQL or JSON is read as it stands. Nor does a test's name, which
    /// is a sentence.
    /// </summary>
    [Fact]
    public void A_line_of_code_has_at_most_120_columns() => Offenders.None(
        from file in Sources.Files("src", ".cs").Concat(Sources.Files("tests", ".cs"))
        from line in LongLines(Sources.Read(file))
        select $"{file}:{line}");

    [Theory]
    [InlineData("var answer = x;", true)]
    [InlineData("var answer = \"@\";", true)]
    [InlineData("var answer = $\"@{x}@\";", true)]
    [InlineData("var answer = \"\"\"\n@\n\"\"\";", true)]
    [InlineData("var answer = @;", false)]
    [InlineData("var answer = \"x\"; // @", false)]
    [InlineData("/// @", false)]
    public void A_long_string_is_told_from_long_code(string code, bool passes) => Assert.Equal(
        passes, !LongLines(
            code.Replace("@", string.Join(' ', Enumerable.Repeat("words", 30)), StringComparison.Ordinal))
            .Any());

    [Fact]
    public void A_line_of_prose_has_at_most_120_columns() => Offenders.None(
        from file in Sources.Tracked() ?? []
        where file.EndsWith(".md", StringComparison.Ordinal)
            && !file.StartsWith("results/", StringComparison.Ordinal) && !Generated.Contains(file)
        from line in Prose(Sources.Read(file))
        where line.Text.EnumerateRunes().Count() > Most
        select $"{file}:{line.Number}: {line.Text}");

    private static IEnumerable<int> LongLines(string code)
    {
        var text = SourceText.From(code);
        if (text.Lines.All(l => l.Span.Length <= Most)) yield break;
        var tokens = CSharpSyntaxTree.ParseText(text).GetRoot().DescendantTokens().Where(IsText).ToList();
        foreach (var line in text.Lines.Where(l => l.Span.Length > Most && !Sentence().IsMatch(l.ToString())))
        {
            var held = tokens.Sum(t => t.Span.Intersection(line.Span)?.Length ?? 0);
            if (line.Span.Length - held > Most || held == 0) yield return line.LineNumber + 1;
        }
    }

    private static bool IsText(SyntaxToken token) => token.Parent is LiteralExpressionSyntax
        ? token.Value is string : token.IsKind(SyntaxKind.InterpolatedStringTextToken)
            || token.Parent is InterpolationSyntax or InterpolatedStringExpressionSyntax
            || token.Parent?.FirstAncestorOrSelf<InterpolatedStringExpressionSyntax>() is not null;

    // Tables, headings and what is shown as it was printed cannot be broken.
    private static IEnumerable<(string Text, int Number)> Prose(string text)
    {
        var (isCode, number) = (false, 0);
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode && !Unbreakable().IsMatch(line)) yield return (line, number);
        }
    }

    // The name of a test.
    [GeneratedRegex(@"^ *public (async Task|void) \w+\(.*\)$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^\s*(\||#|<|\[[^]]*\]:)")]
    private static partial Regex Unbreakable();
}
