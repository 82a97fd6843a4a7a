using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Evaluation.Results;

/// <summary>What was measured of one document; what its kind has not is null.</summary>
/// <param name="Line">The line of its file, or its number, from 1.</param>
public sealed record DocumentScore(int Line)
{
    /// <summary>Of each choice, or of the continuation: nats.</summary>
    public IReadOnlyList<double>? LogLikelihoods { get; init; }

    /// <summary>The right choice, from 0.</summary>
    public int? Gold { get; init; }

    /// <summary>Whether the right choice is the likeliest, or each token of the continuation.</summary>
    public bool? Acc { get; init; }

    /// <summary>Whether it is by log-likelihood over characters.</summary>
    public bool? AccNorm { get; init; }

    /// <summary>Whether it is by log-likelihood over UTF-8 bytes.</summary>
    public bool? AccBytes { get; init; }

    /// <summary>What the model read, where it wrote.</summary>
    public string? Prompt { get; init; }

    /// <summary>What it wrote.</summary>
    public string? Text { get; init; }

    /// <summary>What would have been right.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>Whether the answer is one of those.</summary>
    public bool? ExactMatch { get; init; }

    /// <summary>Words in common with the best of those, 0 to 1.</summary>
    public double? F1 { get; init; }

    /// <summary>BLEU of the document alone, 0 to 100.</summary>
    public double? Bleu { get; init; }

    /// <summary>chrF of the document alone, 0 to 100.</summary>
    public double? ChrF { get; init; }

    /// <summary>Share of its runs of four words that stood in it before.</summary>
    public double? Repetition { get; init; }
}

/// <summary>What a model can do in one task.</summary>
/// <param name="Task">The file, or what was asked.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Documents">How many.</param>
/// <param name="Metrics">The numbers.</param>
/// <param name="Scores">Of each document.</param>
public sealed record TaskResult(
    string Task, string Kind, int Documents, IReadOnlyList<Metric> Metrics, IReadOnlyList<DocumentScore> Scores);
