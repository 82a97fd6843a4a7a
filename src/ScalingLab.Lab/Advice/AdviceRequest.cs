using ScalingLab.Lab.Requests;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Advice;

/// <summary>What a study is to find out.</summary>
public enum StudyQuestion
{
    /// <summary>How the best size grows with compute.</summary>
    Scaling,

    /// <summary>Which of two optimizers, each at its own rate.</summary>
    Recipe,

    /// <summary>What a second, fourth, eighth pass over the same text is worth.</summary>
    Repetition,
}

/// <summary>What somebody has, and wants to know.</summary>
/// <param name="Device">The devices.</param>
/// <param name="Hours">Hours by the clock.</param>
/// <param name="TextTokens">Tokens of training text.</param>
/// <param name="Question">What is asked.</param>
public sealed record AdviceRequest(PlanDevice Device, double Hours, double TextTokens, StudyQuestion Question)
{
    /// <summary>Token ids: the ladder's.</summary>
    public const int Vocabulary = 32_768;

    /// <summary>Tokens in a sequence: the ladder's.</summary>
    public const int Context = 1024;

    /// <summary>
    /// Passes over a text up to which a further one is nearly as good as new text (Muennighoff et al. 2023, arXiv
    /// 2305.16264).
    /// </summary>
    public const double MostPasses = 4;

    /// <summary>What is paid; null: nothing is said of money.</summary>
    public ComputePrice? Price { get; init; }

    /// <summary>Results whose law begins the design; null: none are there.</summary>
    public string? Results { get; init; }

    /// <summary>The name of the study, and of its results.</summary>
    public required string Name { get; init; }
}
