using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Predictions;

/// <summary>
/// Answers what was asked for (<see cref="FitOptions.Predictions"/>): by the law of fresh text that the advice follows,
/// or, where U is given, by the data-constrained law. What no fit is sure of is withheld.
/// </summary>
internal sealed class Predictor
{
    private const string NoLaw = "no law is identified by these rows";

    private readonly AdviceLaw? _law;
    private readonly IReadOnlyList<LossObservation> _fittedRows;
    private readonly DataConstrainedFit? _constrained;
    private readonly IReadOnlyList<LossObservation> _rows;
    private readonly FitOptions _options;

    /// <param name="law">The law of fresh text; null where none is sure.</param>
    /// <param name="behind">The rows that it was fitted to.</param>
    /// <param name="constrained">The data-constrained fit; null where it was not asked for.</param>
    /// <param name="rows">The rows of that.</param>
    /// <param name="options">With the map from N to compute per token.</param>
    public Predictor(
        AdviceLaw? law, IReadOnlyList<LossObservation> behind, DataConstrainedFit? constrained,
        IReadOnlyList<LossObservation> rows, FitOptions options)
    {
        (_law, _fittedRows, _constrained, _options) = (law, behind, constrained, options);
        _rows = [.. rows.Where(one => one.UniqueTokens is not null)];
    }

    /// <summary>Scores of tasks as functions of the loss.</summary>
    public IReadOnlyList<DownstreamFit> Downstream { get; init; } = [];

    public Prediction Predict(PredictionRequest asked) => asked switch
    {
        { Loss: { } loss } => OfLoss(loss),
        { Flops: { } flops } => Best(flops),
        { UniqueTokens: { } unique } => Repeated(asked.Parameters!.Value, asked.Tokens!.Value, unique),
        _ => Fresh(asked.Parameters!.Value, asked.Tokens!.Value),
    };

    private Prediction OfLoss(double loss) => TwoSteps.At(Downstream, loss, null) is { Count: > 0 } scores
        ? new Prediction { Loss = loss, Scores = scores }
        : new Prediction { Withheld = "no score of a task is identified as a function of the loss by these rows" };

    private Prediction Best(double flops)
    {
        if (_law is not { } law)
            return new Prediction { Flops = flops, IsOptimum = true, Withheld = NoLaw };
        var (point, _) = Frontier.AtBudget(law, flops, _options);
        return !double.IsFinite(point.Parameters) || !double.IsFinite(point.Tokens)
            ? new Prediction
            { Flops = flops, IsOptimum = true, Withheld = "the law has no lowest loss over N at this compute" }
            : Fresh(point.Parameters, point.Tokens) with
                {
                    Flops = flops, IsOptimum = true, Interval95 = point.Interval95?.Loss,
                    Scores = TwoSteps.At(Downstream, law.Law.Loss(point.Parameters, point.Tokens),
                        [.. Frontier.LossDraws(law, flops, _options).Where(double.IsFinite)]),
                };
    }

    private Prediction Fresh(double parameters, double tokens)
    {
        var asked = Asked(parameters, tokens);
        if (_law is not { } law) return asked with { Withheld = NoLaw };
        List<double> draws = [.. law.Draws.Select(draw => draw.Loss(parameters, tokens))];
        return asked with
        {
            Source = law.Source,
            Loss = law.Law.Loss(parameters, tokens),
            Interval95 = Percentiles.Interval95(draws),
            Scores = TwoSteps.At(Downstream, law.Law.Loss(parameters, tokens), draws),
            Beyond = Outside(asked, _fittedRows),
        };
    }

    private Prediction Repeated(double parameters, double tokens, double unique)
    {
        var asked = Asked(parameters, tokens) with { UniqueTokens = unique };
        if (_constrained is not { Best: { } law, FreshLaw: not null })
        {
            // A text that is not repeated is fresh whatever repeating is worth.
            return tokens <= unique ? Fresh(parameters, tokens) with { UniqueTokens = unique } : asked with
            {
                Withheld = _constrained is null ? "the data-constrained law was not asked for"
                    : "the data-constrained law is not identified by these rows",
            };
        }

        double Excess(double n, double u) => n / law.MatchedParameters(u);
        if (_constrained.Unidentified.Contains("r_n_star")
            && Excess(parameters, Math.Min(unique, tokens)) is var excess
            && excess > Math.Max(1, _rows.Max(one => Excess(one.Parameters, Unique(one)))))
        {
            return asked with
            {
                Withheld = InvariantText.Invariant(
                    $"the model is {RoundNumber.Text(excess)} times what its distinct tokens ask for, and what such excess is worth (R_N*) is not identified"),
            };
        }

        var loss = law.Loss(parameters, tokens, unique);
        var epochs = tokens / Math.Min(unique, tokens);
        List<double> draws = [.. _constrained.Draws.Select(draw => draw.Loss(parameters, tokens, unique))];
        return asked with
        {
            Source = FrontierSource.DataConstrained,
            Loss = loss,
            Interval95 = TermsFit.StretchedInterval(loss, draws, Math.Max(1, _constrained.Points - 7)),
            Scores = TwoSteps.At(Downstream, loss, draws),
            Beyond =
            [
                .. Outside(asked, _rows),
                .. new[]
                {
                    OutOfRange.Find("U", Math.Min(unique, tokens), _rows.Select(Unique)),
                    OutOfRange.Find("epochs", epochs, _rows.Select(one => one.Tokens / Unique(one))),
                }.OfType<OutOfRange>(),
            ],
        };
    }

    private static double Unique(LossObservation row) => DataConstrainedTerms.Unique(row);

    private Prediction Asked(double parameters, double tokens) => new()
    {
        Parameters = parameters,
        Tokens = tokens,
        Flops = (_options.FlopsPerToken is { } perToken ? perToken(parameters) : 6 * parameters) * tokens,
    };

    private static IReadOnlyList<OutOfRange> Outside(Prediction asked, IReadOnlyList<LossObservation> rows) => [.. new[]
    {
        OutOfRange.Find("N", asked.Parameters!.Value, rows.Select(one => one.Parameters)),
        OutOfRange.Find("D", asked.Tokens!.Value, rows.Select(one => one.Tokens)),
        OutOfRange.Find("C", asked.Flops!.Value, rows.Select(one => one.Flops)),
    }.OfType<OutOfRange>()];
}
