using ScalingLab.Data.Duplicates;

namespace ScalingLab.Data.Overlaps;

/// <summary>
/// Training text without the passages that evaluation text has: each with 200 letters either side, the pieces between
/// that are shorter than 200 letters too, and all of a document in more than ten pieces (Brown et al. 2020, arXiv
/// 2005.14165, appendix C).
/// </summary>
internal static class PassageCut
{
    private const int Margin = 200;
    private const int LeastPiece = 200;
    private const int MostPieces = 10;

    /// <summary>The pieces of a text that are left; none where it is removed as a whole.</summary>
    /// <param name="text">A document.</param>
    /// <param name="passages">The first word and the number of words of each, at least one.</param>
    public static IReadOnlyList<string> Pieces(string text, IEnumerable<(int Word, int Size)> passages)
    {
        // The words of the text as it stands are those of the normalized one: it neither parts nor joins any.
        var words = Words.Split(text);
        var (pieces, from) = (new List<string>(), 0);
        foreach (var (word, size) in passages.OrderBy(passage => passage.Word))
        {
            var last = Math.Min(word + size, words.Count) - 1;
            var (start, end) = (WordStart(text, words[Math.Min(word, last)].Start.Value - Margin),
                WordEnd(text, words[last].End.Value + Margin));
            if (start > from) AddPiece(from, start);
            from = Math.Max(from, end);
        }
        if (from < text.Length) AddPiece(from, text.Length);
        return pieces.Count > MostPieces ? [] : pieces;

        void AddPiece(int begin, int end)
        {
            if (text[begin..end].Trim() is { Length: >= LeastPiece } piece) pieces.Add(piece);
        }
    }

    /// <summary>The place, or the beginning of the word that it falls into.</summary>
    private static int WordStart(string text, int place)
    {
        if (place <= 0) return 0;
        while (place > 0 && !char.IsWhiteSpace(text[place - 1])) place--;
        return place;
    }

    private static int WordEnd(string text, int place)
    {
        if (place >= text.Length) return text.Length;
        while (place < text.Length && !char.IsWhiteSpace(text[place])) place++;
        return place;
    }
}
