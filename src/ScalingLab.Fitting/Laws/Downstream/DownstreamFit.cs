using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.Downstream;

/// <summary>What the law says of a loss.</summary>
/// <param name="Loss">Nats/token.</param>
/// <param name="Score">The share of right answers.</param>
public sealed record DownstreamPoint(double Loss, double Score)
{
    /// <summary>95 % interval over the bootstrap, of the loss too where that is predicted; null without one.</summary>
    [JsonPropertyName("interval95")]
    public Interval? Interval95 { get; init; }

    /// <summary>The compute at whose optimum that loss is predicted, FLOPs; null where the loss was given.</summary>
    public double? Flops { get; init; }

    /// <summary>The law that predicts the loss: "L(N, D)" or "L(C)"; null where it was given.</summary>
    public string? LossFrom { get; init; }

    /// <summary>Whether no run had such a loss.</summary>
    public bool Extrapolated { get; init; }
}

/// <summary>
/// A task's score as a function of the loss. Numbers are null where nothing could be fitted, and must not be quoted
/// unless the status is converged. The tables have the keys slope, middle and, where it is fitted, top.
/// </summary>
public sealed record DownstreamFit : SummarizedFit
{
    /// <summary>What was asked.</summary>
    public required string Task { get; init; }

    /// <summary>Which share of right answers: "acc" or "exact_match".</summary>
    public required string Metric { get; init; }

    /// <summary>Questions that each was asked.</summary>
    public required int Documents { get; init; }

    /// <summary>What guessing gets; the law's floor.</summary>
    public required double Guess { get; init; }

    /// <summary>Runs that guessing does not explain: 3 standard deviations of who guesses above it.</summary>
    public int AboveGuessing { get; init; }

    /// <summary>What a model of no loss gets: 1 unless the runs tell of less.</summary>
    public double? Top { get; init; }

    /// <summary>Whether the top was fitted.</summary>
    public bool TopIsFitted { get; init; }

    /// <summary>Per nat/token.</summary>
    public double? Slope { get; init; }

    /// <summary>The loss of half the way, nats/token.</summary>
    public double? Middle { get; init; }

    /// <summary>Lowest and highest loss fitted, nats/token.</summary>
    public Interval? LossRange { get; init; }

    /// <summary>
    /// Pearson's chi-square over the degrees of freedom: above 1 the runs scatter more than so many questions explain.
    /// </summary>
    public double? Dispersion { get; init; }

    /// <summary>Scores at the ends of the losses fitted, and at the frontier's budgets.</summary>
    public IReadOnlyList<DownstreamPoint> Predicted { get; init; } = [];

    /// <summary>The bootstrap's laws; empty without one, or where the fit was read from a file.</summary>
    [JsonIgnore]
    public IReadOnlyList<DownstreamLaw> Draws { get; init; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override LawSummary Summary => new(
        $"Loss to {Task}",
        Invariant($"{Metric} = {Guess:G3} + ({(TopIsFitted ? "top" : "1")} - {Guess:G3}) / (1 + exp(slope (L - middle))) ")
            + "(Bhagia et al. 2024, arXiv 2412.04403), least deviance: a task's score as a sigmoid of the loss. "
            + Invariant($"{AboveGuessing} of {Points} runs are above what guessing explains."),
        [
            new LawNumber("slope", "slope", Slope, Interval95?.GetValueOrDefault("slope")),
            new LawNumber("middle", "middle", Middle, Interval95?.GetValueOrDefault("middle")),
            .. TopIsFitted ? [new LawNumber("top", "top", Top, Interval95?.GetValueOrDefault("top"))]
                : (LawNumber[])[],
        ]);

    /// <summary>The fitted law; null where nothing was fitted.</summary>
    [JsonIgnore]
    public DownstreamLaw? Law => Top is { } top && Slope is { } slope && Middle is { } middle
        ? new DownstreamLaw(Guess, top, slope, middle) : null;

    /// <summary>What the law says of a loss; null unless it may be quoted.</summary>
    /// <param name="loss">Nats/token.</param>
    /// <param name="losses">The loss in draws of another bootstrap, where it is itself predicted; null: it is
    /// known.</param>
    public DownstreamPoint? At(double loss, IReadOnlyList<double>? losses = null)
    {
        if (Status != FitStatus.Converged || Law is not { } law) return null;
        var score = law.Score(loss);
        var scores = losses is not { Count: > 0 } ? Draws.Select(draw => draw.Score(loss))
            : Enumerable.Range(0, Math.Max(losses.Count, Draws.Count)).Where(_ => Draws.Count > 0)
                .Select(i => Draws[i % Draws.Count].Score(losses[i % losses.Count]));
        return new DownstreamPoint(loss, score)
        {
            Interval95 = Percentiles.Stretched(score, scores, Freedom) is { } raw
                ? new Interval(Math.Max(raw.Low, Guess), Math.Min(raw.High, 1)) : null,
            Extrapolated = LossRange is { } seen && (loss < seen.Low || loss > seen.High),
        };
    }

    /// <summary>Runs left over for the scatter.</summary>
    internal int Freedom => Math.Max(1, Points - (TopIsFitted ? 3 : 2));
}
