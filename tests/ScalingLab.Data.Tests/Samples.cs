using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Tests;

/// <summary>Text for tests, from a seed.</summary>
internal static class Samples
{
    private static readonly string[] Words =
    [
        "the", "cat", "sat", "on", "a", "mat", "and", "that", "rat", "ate", "oats", "with", "no", "thought", "at",
            "it's", "we'll",
        "42", "7",
    ];

    /// <summary>Sentences of a few words that repeat, as natural text does.</summary>
    public static string Prose(int seed, int words)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < words; i++)
        {
            text.Append(random.Next(3) > 0 ? Words[random.Next(Words.Length)] : Name(random));
            text.Append(random.Next(16) switch { 0 => ".\n", 1 => ",  ", _ => " " });
        }
        return text.ToString();
    }

    /// <summary>A made-up word of two or three syllables.</summary>
    private static string Name(Random random) =>
        string.Concat(
            Enumerable.Range(0, random.Next(2, 4))
            .Select(_ => $"{"bdfgklmnprstvz"[random.Next(14)]}{"aeiou"[random.Next(5)]}"));

    /// <summary>
    /// Any well-formed string: letters of several scripts, white space of all kinds, control characters, emoji.
    /// </summary>
    public static string AnyText(Random random, int runes)
    {
        var text = new StringBuilder();
        while (runes-- > 0)
        {
            var value = random.Next(7) switch
            {
                0 => random.Next(0x80),
                1 => " \t\n\r\u00A0\u2003"[random.Next(6)],
                2 => random.Next('a', 'e'),
                3 => random.Next(0x80, 0x800),
                4 => random.Next(0x800, 0xD800),
                5 => random.Next(0xE000, 0x10000),
                _ => random.Next(0x10000, 0x110000),
            };
            text.Append(new Rune(value).ToString());
        }
        return text.ToString();
    }

    /// <summary>Writes documents of prose and gives their folder.</summary>
    public static string Documents(TemporaryFolder folder, int documents, int words = 60)
    {
        for (var i = 0; i < documents; i++) folder.Write($"texts/{i:000}.txt", Prose(i, words));
        return folder["texts"];
    }

    /// <summary>The documents of a corpus.</summary>
    public static List<Document> Read(CorpusSource source) => [.. source.Read(source.List(), default).Documents];

    /// <summary>The documents of a prepared shard, as text.</summary>
    public static List<string> Read(TokenShard shard, Tokenizer tokenizer)
    {
        var tokens = new long[shard.Tokens];
        shard.Read(0, tokens);
        var documents = new List<string>();
        for (var (start, i) = (0, 0); i < tokens.Length; i++)
        {
            if (tokens[i] != tokenizer.EndOfDocument) continue;
            documents.Add(tokenizer.Decode(tokens.AsSpan(start, i - start)));
            start = i + 1;
        }
        return documents;
    }
}
