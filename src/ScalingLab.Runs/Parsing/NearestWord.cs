namespace ScalingLab.Runs.Parsing;

/// <summary>The known word nearest to one that is not known, for messages that say what was probably meant.</summary>
public static class NearestWord
{
    private const int MinPrefix = 3; // letters that say something
    private const int MaxLength = 200; // letters of a word that could be one of ours, misspelt

    /// <summary>" (did you mean 'x'?)" when a known word is near, else " (known: x, y)".</summary>
    public static string Hint(string word, IReadOnlyList<string> known) =>
        Find(word, known) is { } nearest ? $" (did you mean '{nearest}'?)" : $" (known: {string.Join(", ", known)})";

    /// <summary>The known word that was probably meant; null where none is near.</summary>
    public static string? Find(string word, IReadOnlyList<string> known)
    {
        if (word.Length > MaxLength) return null;
        // Of two as near, the one that the word begins: the rest was not typed.
        var nearest = known.MinBy(k => (Distance(word, k), IsPrefix(word, k) ? 0 : 1));
        return nearest is not null && IsNear(word, nearest) ? nearest
            : known.FirstOrDefault(k => word.Length >= MinPrefix && IsPrefix(word, k));
    }

    /// <summary>Whether few enough letters differ for the one to be the other, misspelt.</summary>
    public static bool IsNear(string word, string known) => Distance(word, known) <= Math.Max(2, word.Length / 3);

    /// <summary>
    /// Levenshtein's distance: the fewest letters to insert, delete or replace, upper and lower case alike.
    /// </summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[b.Length];
    }

    private static bool IsPrefix(string word, string known) =>
        known.StartsWith(word, StringComparison.OrdinalIgnoreCase);
}
