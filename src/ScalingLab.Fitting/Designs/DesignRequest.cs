using ScalingLab.Fitting.Laws;

namespace ScalingLab.Fitting.Designs;

/// <summary>What runs are to be chosen for, and from what.</summary>
/// <param name="Target">The number to know better.</param>
/// <param name="Laws">Laws that the data allow, such as a bootstrap's draws; what is chosen is good on average.</param>
/// <param name="Noise">Standard deviation of ln loss, as the fit feels it (<see cref="DesignNoise"/>).</param>
/// <param name="Made">N and D of the runs that there are.</param>
public sealed record DesignRequest(
    LawTarget Target, IReadOnlyList<ParametricLaw> Laws, double Noise,
    IReadOnlyList<(double Parameters, double Tokens)> Made)
{
    /// <summary>Runs that could be made.</summary>
    public IReadOnlyList<RunCandidate> Candidates { get; init; } = [];

    /// <summary>What they may cost in all, in the candidates' unit.</summary>
    public double Budget { get; init; }

    /// <summary>The most runs to choose.</summary>
    public int MostRuns { get; init; } = 200;
}

/// <summary>Runs that were chosen, and what they are worth.</summary>
/// <param name="Runs">How many of each candidate, in the order of the candidates; those without any are left
/// out.</param>
/// <param name="Flops">What they cost.</param>
/// <param name="ErrorBefore">Standard error of the target from the runs that there are (geometric mean over the laws);
/// of its logarithm where errors are factors.</param>
/// <param name="ErrorAfter">The same once these runs are made.</param>
public sealed record DesignChoice(
    IReadOnlyList<(RunCandidate Candidate, int Count)> Runs, double Flops, double ErrorBefore, double ErrorAfter);
