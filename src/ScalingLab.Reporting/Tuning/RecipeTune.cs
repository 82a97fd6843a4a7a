using System.Globalization;
using ScalingLab.Fitting.Optima;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;
using ScalingLab.Runs.Tuning;

namespace ScalingLab.Reporting.Tuning;

/// <summary>The runs of a tune that share every field that is no number, and where their losses are lowest.</summary>
/// <param name="Choices">Those fields, snake_case; empty where only numbers were tuned.</param>
/// <param name="Quantities">The tuned quantities by their names in a rule file.</param>
/// <param name="Runs">The runs, with their rows in runs.csv.</param>
/// <param name="Fit">What they say.</param>
public sealed record RecipeTune(
    IReadOnlyList<RecipeChoice> Choices, IReadOnlyList<string> Quantities, IReadOnlyList<(int Row, RunRow Run)> Runs,
    OptimumFit Fit)
{
    private static readonly string RateScale = RunRow.SnakeCase(Tune.RateScale);
    private static readonly string BatchScale = RunRow.SnakeCase(Tune.BatchScale);

    /// <summary>The recipe in words; empty where only numbers were tuned.</summary>
    public string Name => string.Join(", ", Choices.Select(w => $"{w.Field}={w.Value}"));

    /// <summary>Mean of the cells' lowest losses, over full and shorter lengths alike.</summary>
    public double MeanLoss => Fit.Cells.Count == 0 ? double.PositiveInfinity : Fit.Cells.Average(c => c.BestLoss);

    /// <summary>The models' N with the output product, and without.</summary>
    internal IReadOnlyList<(double With, double Without)> Sizes =>
        [.. Runs.Select(r => ((double)r.Run.ParametersWithHead, (double)r.Run.ParametersNonEmbedding)).Distinct()
            .OrderBy(s => s.Item1)];

    /// <summary>
    /// What the rule that the factors are of costs in a cell: the loss of its own candidate less the lowest,
    /// nats/token; null where that was not trained.
    /// </summary>
    public double? RuleCost(OptimumCell cell)
    {
        var rows = cell.Rows.ToHashSet();
        var own = Runs.Where(r => rows.Contains(r.Row) && r.Run.LossValidation is not null
            && r.Run.Varies.Where(v => v.Field == RateScale || v.Field == BatchScale).All(v => v.Value == "1")
            && r.Run.Varies.Any(v => v.Field == RateScale || v.Field == BatchScale)).ToList();
        return own.Count == 0 ? null : own.Min(r => r.Run.LossValidation!.Value) - cell.BestLoss;
    }

    /// <summary>Divides a tune's runs into recipes and fits each; the one with the lowest losses is first.</summary>
    /// <param name="runs">The rows of a runs.csv.</param>
    /// <param name="place">The file that they are of.</param>
    /// <param name="options">How they are fitted.</param>
    /// <exception cref="InputException">The runs vary nothing that could be tuned.</exception>
    public static IReadOnlyList<RecipeTune> FitAll(IReadOnlyList<RunRow> runs, string place, TuneWriteOptions options)
    {
        var ended = runs.Select((run, i) => (Row: i + 1, Run: run)).Where(r => RunLifecycle.IsEnded(r.Run.State))
            .ToList();
        var numbers = Numbers(ended.Select(r => r.Run).ToList());
        if (numbers.Count == 0)
        {
            throw new InputException(
                place, "varies no number that is tuned (learning_rate_scale, batch_scale, or another field with three values); "
                + "'lab tune GRID' makes such runs");
        }

        return
        [
            .. ended.GroupBy(r =>
                string.Join(", ",
                    r.Run.Varies.Where(v => !numbers.Contains(v.Field)).Select(v => $"{v.Field}={v.Value}")))
                .Select(g => Fitted([.. g], numbers, options)).OrderBy(r => r.MeanLoss),
        ];
    }

    private static RecipeTune Fitted(IReadOnlyList<(int Row, RunRow Run)> runs, List<string> numbers,
        TuneWriteOptions options)
    {
        string[] quantities = [.. numbers.Select(Quantity)];
        var observations =
            runs.Where(r => r.Run.State == RunState.Completed || r.Run.FailureKind == FailureKind.Diverged)
            .Select(r => new OptimumObservation(
            r.Run.ParametersWithHead, r.Run.Tokens, r.Run.LossValidation ?? double.NaN,
            [.. quantities.Select(q => ValueOf(r.Run, q))], r.Row)).ToList();
        var fit =
            OptimumFitter.Fit(observations,
                new OptimumOptions { Quantities = quantities, Method = options.Method, Bootstrap = options.Bootstrap });
        return new RecipeTune([.. runs[0].Run.Varies.Where(v => !numbers.Contains(v.Field))], quantities, runs, fit);
    }

    /// <summary>The varied fields that are numbers with a best value between others.</summary>
    private static List<string> Numbers(List<RunRow> runs)
    {
        var known = RuleFile.OtherFields.Select(RunRow.SnakeCase).Append(RateScale).Append(BatchScale).ToHashSet();
        return
        [
            .. runs.SelectMany(r => r.Varies).GroupBy(v => v.Field)
                .Where(g => known.Contains(g.Key) && g.Count() == runs.Count
                    && g.Select(v => v.Value).Distinct().Count() >= 3
                    && g.All(v => double.TryParse(v.Value, CultureInfo.InvariantCulture, out var x) && x > 0))
                .Select(g => g.Key),
        ];
    }

    private static string Quantity(string field) =>
        field == RateScale ? RuleFile.LearningRate : field == BatchScale ? RuleFile.BatchTokens
        : RuleFile.OtherFields.First(f => RunRow.SnakeCase(f) == field);

    /// <summary>A run's value of a quantity.</summary>
    internal static double ValueOf(RunRow run, string quantity) => quantity switch
    {
        RuleFile.LearningRate => run.LearningRate,
        RuleFile.BatchTokens => run.BatchTokens,
        _ => double.Parse(run.Varies.First(v => v.Field == RunRow.SnakeCase(quantity)).Value,
            CultureInfo.InvariantCulture),
    };
}
