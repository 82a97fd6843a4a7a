namespace ScalingLab.Reporting.Analysis;

/// <summary>What text the sweep trained on, as the report tells it. What is not known is null and left out.</summary>
public sealed record DataSummary
{
    /// <summary>The corpus by its name, e.g. "dotnet-docs".</summary>
    public required string Corpus { get; init; }

    /// <summary>SHA-256 of the text, lower-case hexadecimal.</summary>
    public string? CorpusHash { get; init; }

    /// <summary>The tokenizer in words, e.g. "byte-level BPE".</summary>
    public string? Tokenizer { get; init; }

    /// <summary>SHA-256 of the tokenizer.</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>Number of token ids.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Documents in training and validation together.</summary>
    public long? Documents { get; init; }

    /// <summary>Tokens of training text, copies of a text not counted.</summary>
    public long? TrainTokens { get; init; }

    /// <summary>Tokens of held-out text.</summary>
    public long? ValidationTokens { get; init; }

    /// <summary>Bytes of validation text a token.</summary>
    public double? BytesPerToken { get; init; }

    /// <summary>How training and validation text were told apart, in words.</summary>
    public string? Split { get; init; }

    /// <summary>What the preparation had to say: repeats dropped, bytes replaced.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
