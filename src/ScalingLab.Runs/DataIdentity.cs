using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ScalingLab.Runs;

/// <summary>How documents become training sequences.</summary>
public enum Packing
{
    /// <summary>One after another, cut wherever a sequence is full.</summary>
    Concatenate,

    /// <summary>
    /// Documents stay whole where they fit into a sequence; only longer ones are cut (Ding et al. 2024, "Fewer
    /// Truncations Improve Language Modeling", arXiv 2404.10830).
    /// </summary>
    BestFit,
}

/// <summary>A source of a mixture, as a run reads it.</summary>
/// <param name="Name">Its name in the grid.</param>
/// <param name="Weight">Its share of the training sequences; all sources' together 1.</param>
public sealed record SourceWeight(string Name, double Weight);

/// <summary>What text a run reads, by content: the same text under another path is the same data.</summary>
/// <param name="Corpus">Name for people, e.g. "dotnet-docs".</param>
/// <param name="CorpusHash">SHA-256 of the text and of how it is split, lower-case hexadecimal; of a mixture over its
/// sources' names and hashes.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer, lower-case hexadecimal.</param>
/// <param name="HeldOut">Share of the documents held out for validation.</param>
public sealed record DataIdentity(string Corpus, string CorpusHash, string TokenizerHash, double HeldOut = 0.05)
{
    /// <summary>How many unique training tokens the run may see; null: all the text.</summary>
    public long? UniqueTokens { get; init; }

    /// <summary>How documents become training sequences.</summary>
    [DefaultValue(Packing.Concatenate)]
    public Packing Packing { get; init; }

    /// <summary>The sources of a mixture, in its order; null: a corpus alone.</summary>
    public IReadOnlyList<SourceWeight>? Sources { get; init; }

    /// <summary>The source that the tokens are drawn from; null: they are a prepared text's.</summary>
    public TeacherSpec? Teacher { get; init; }

    /// <summary>The same text, whatever part of it a run may see and however it is packed.</summary>
    [JsonIgnore]
    public DataIdentity Whole => this with { UniqueTokens = null, Packing = default };

    /// <inheritdoc/>
    public bool Equals(DataIdentity? other) => other is not null
        && (Corpus, CorpusHash, TokenizerHash, HeldOut, UniqueTokens, Packing) ==
            (other.Corpus, other.CorpusHash, other.TokenizerHash, other.HeldOut, other.UniqueTokens, other.Packing)
        && (Sources ?? []).SequenceEqual(other.Sources ?? []) && Teacher == other.Teacher;

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(CorpusHash, TokenizerHash, HeldOut, UniqueTokens, Packing, Sources?.Count);
}
