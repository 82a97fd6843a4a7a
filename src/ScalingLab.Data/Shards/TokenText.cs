namespace ScalingLab.Data.Shards;

/// <summary>
/// Tokens one after another that can be read from anywhere: a whole shard, or part of one. Safe to read from several
/// threads at once.</summary>
public abstract class TokenText
{
    /// <summary>The shard's file, for messages.</summary>
    public abstract string Path { get; }

    /// <summary>Number of tokens, ends of documents included.</summary>
    public abstract long Tokens { get; }

    /// <summary>Reads tokens start to start + tokens.Length - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside the text.</exception>
    public abstract void Read(long start, Span<long> tokens);

    /// <summary>
    /// One past the last token of each document, in order; the last is <see cref="Tokens"/>, also where that document
    /// is cut. 8 bytes a document.</summary>
    /// <param name="endOfDocument">The token that ends each.</param>
    internal abstract long[] DocumentEnds(int endOfDocument);
}
