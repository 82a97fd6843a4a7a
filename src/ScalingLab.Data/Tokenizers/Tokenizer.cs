using System.Text;

namespace ScalingLab.Data.Tokenizers;

/// <summary>Text to token numbers and back. Safe to use from several threads at once.</summary>
public abstract class Tokenizer
{
    private protected Tokenizer(int vocabulary, int endOfDocument) =>
        (Vocabulary, EndOfDocument) = (vocabulary, endOfDocument);

    /// <summary>"bytes" or "bpe".</summary>
    public abstract string Kind { get; }

    /// <summary>Number of tokens; they are numbered 0 to Vocabulary - 1.</summary>
    public int Vocabulary { get; }

    /// <summary>
    /// Stands after each document, never inside one, and encodes no text; the last number but in files that have it
    /// elsewhere.
    /// </summary>
    public int EndOfDocument { get; }

    /// <summary>SHA-256, in hexadecimal, of all that decides how text is encoded.</summary>
    public abstract string Hash { get; }

    /// <summary>
    /// Appends the tokens of a text (without an end of document). A lone surrogate, which no UTF-8 can hold, is encoded
    /// as U+FFFD; every well-formed string decodes to itself, or where the vocabulary asks for composed text to its
    /// composed form.</summary>
    public abstract void Encode(ReadOnlySpan<char> text, List<int> tokens);

    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 2);
        Encode(text.AsSpan(), tokens);
        return [.. tokens];
    }

    /// <summary>The bytes that a token stands for; none for the end of document.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such token.</exception>
    public abstract ReadOnlySpan<byte> Bytes(int token);

    /// <summary>
    /// The text of tokens; bytes that are not whole characters (a text cut between tokens) become U+FFFD.
    /// </summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens) bytes.AddRange(Bytes(token));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{int})"/>
    public string Decode(ReadOnlySpan<long> tokens)
    {
        var narrow = new int[tokens.Length];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = (int)tokens[i];
        return Decode(narrow);
    }
}
