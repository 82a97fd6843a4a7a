using System.Text.RegularExpressions;

namespace ScalingLab.Evaluation.Metrics;

/// <summary>
/// Text to words and punctuation as mteval-v13a.pl has them, sacreBLEU's tokenisation "13a" (Post 2018, arXiv
/// 1804.08771): the one that published BLEU scores agree on.
/// </summary>
public static partial class WordTokenizer
{
    /// <summary>The words of one segment.</summary>
    public static IReadOnlyList<string> Split(string segment)
    {
        var line = segment.TrimEnd().Replace("<skipped>", "", StringComparison.Ordinal)
            .Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        if (line.Contains('&', StringComparison.Ordinal))
        {
            line = line.Replace("&quot;", "\"", StringComparison.Ordinal)
                .Replace("&amp;", "&", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal)
                .Replace("&gt;", ">", StringComparison.Ordinal);
        }

        line = Symbol().Replace($" {line} ", " $1 ");
        line = AfterNoDigit().Replace(line, "$1 $2 ");
        line = BeforeNoDigit().Replace(line, " $1 $2");
        return WhiteSpace.Split(DashAfterDigit().Replace(line, "$1 $2 "));
    }

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])")]
    private static partial Regex Symbol();

    [GeneratedRegex(@"([^0-9])([\.,])")]
    private static partial Regex AfterNoDigit();

    [GeneratedRegex(@"([\.,])([^0-9])")]
    private static partial Regex BeforeNoDigit();

    [GeneratedRegex("([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
