using ScalingLab.Runs.Models;

namespace ScalingLab.Runs;

/// <summary>One training run, whole: whoever holds this and the data can redo it.</summary>
public sealed record RunSpec
{
    /// <summary>
    /// Raised when the numbers that training produces change for the same spec: initialisation, order of data,
    /// arithmetic.
    /// </summary>
    public const int CurrentNumericsVersion = 2;

    /// <summary>The model.</summary>
    public required ModelShape Shape { get; init; }

    /// <summary>The text.</summary>
    public required DataIdentity Data { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingRecipe Recipe { get; init; }

    /// <summary>Seeds initialisation and the order of the data.</summary>
    public required int Seed { get; init; }

    /// <summary>The model whose predictions it learns from too; null: it learns from the text alone.</summary>
    public DistillationTeacher? DistilledFrom { get; init; }

    /// <summary>
    /// Hash of the model whose weights it begins with (<see cref="StartingModel"/>); null: they are drawn by the seed.
    /// </summary>
    public string? StartedFrom { get; init; }

    /// <summary>Which arithmetic this is.</summary>
    public int NumericsVersion { get; init; } = CurrentNumericsVersion;

    /// <summary>Tokens trained on: a whole number of batches.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Tokens => TokensAfter(Steps);

    /// <summary>Tokens in one optimizer step, once the batch has grown to its size.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long BatchTokens => (long)Recipe.BatchSequences * Shape.Context;

    /// <summary>
    /// Exact training FLOPs a token, attention counted in full, with the forward pass of the model that it is distilled
    /// from.
    /// </summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double FlopsPerToken => DistillationTeacher.TrainingFlopsPerToken(Shape, DistilledFrom);

    /// <summary>Exact training FLOPs.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Flops => FlopsPerToken * Tokens;

    /// <summary>The run's name: a hash of all the above.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public RunId Id => RunId.From(this);

    /// <summary>Tokens trained on after so many steps.</summary>
    public long TokensAfter(long step) => BatchSchedule.SequencesAfter(Recipe, step, Steps) * Shape.Context;
}
