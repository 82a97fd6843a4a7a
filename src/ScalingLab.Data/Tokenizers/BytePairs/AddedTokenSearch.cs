using System.Buffers;

namespace ScalingLab.Data.Tokenizers.BytePairs;

/// <summary>
/// Looks for added tokens in a text: of all places the leftmost, of the tokens that begin there the longest, as Hugging
/// Face's tokenizers do.
/// </summary>
/// <param name="tokens">The tokens, at least one.</param>
internal sealed class AddedTokenSearch(IReadOnlyList<AddedToken> tokens)
{
    private readonly AddedToken[] _longestFirst = [.. tokens.OrderByDescending(token => token.Text.Length)];

    private readonly SearchValues<string> _texts =
        SearchValues.Create([.. tokens.Select(token => token.Text)], StringComparison.Ordinal);

    /// <summary>The next token of a text.</summary>
    /// <returns>Where it begins, and which it is; the text's length and null where there is none.</returns>
    public (int At, AddedToken? Token) Next(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(_texts);
        if (at < 0) return (text.Length, null);
        foreach (var token in _longestFirst)
        {
            if (text[at..].StartsWith(token.Text, StringComparison.Ordinal)) return (at, token);
        }
        throw new InvalidOperationException("A token was found, and is not there.");
    }
}
