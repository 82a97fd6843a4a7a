using System.Text;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Keeps the first occurrence of each sentence and drops the rest. Reference documentation says the same thing for
/// every overload; a model trained on the repeats would be measured on what it has memorised.</summary>
internal sealed class DistinctSentences
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Sentences dropped so far.</summary>
    public long Repeated { get; private set; }

    /// <summary>Appends the sentences not seen before, a line a paragraph.</summary>
    public void AppendNew(string text, StringBuilder document)
    {
        foreach (var paragraph in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var first = true;
            foreach (var sentence in Sentences(paragraph))
            {
                if (!_seen.Add(sentence))
                {
                    Repeated++;
                    continue;
                }
                if (!first) document.Append(' ');
                document.Append(sentence);
                first = false;
            }
            if (!first) document.Append('\n');
        }
    }

    /// <summary>A sentence ends at '.', '!' or '?' before a space and a character that is not a lower-case letter
    /// ("e.g. this" goes on). Simple on purpose: a wrong cut costs nothing but a repeat not noticed.</summary>
    internal static IEnumerable<string> Sentences(string paragraph)
    {
        var start = 0;
        for (var i = 0; i + 2 < paragraph.Length; i++)
        {
            if (paragraph[i] is not ('.' or '!' or '?') || paragraph[i + 1] != ' ' || char.IsLower(paragraph[i + 2]))
                continue;
            yield return paragraph[start..(i + 1)];
            start = i + 2;
        }
        if (start < paragraph.Length) yield return paragraph[start..];
    }
}
