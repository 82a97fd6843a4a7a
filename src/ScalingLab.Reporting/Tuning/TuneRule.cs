using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>The rule file that a fit gives.</summary>
internal static class TuneRule
{
    /// <summary>Null where the fit has no law.</summary>
    public static RuleFile? Create(string name, RecipeTune recipe, TuneMetadata about, string? date)
    {
        var fit = recipe.Fit;
        if (fit.Status != FitStatus.Converged) return null;
        var (rate, batch) =
            (recipe.Quantities.ToList().IndexOf(RuleFile.LearningRate),
                recipe.Quantities.ToList().IndexOf(RuleFile.BatchTokens));
        return new RuleFile
        {
            Name = name,
            // What a rule file was tuned beside is named in the results; the file itself stands on a rule that every
            // machine has.
            RelativeTo = SizeRule.Find(about.RelativeTo) is { } known ? known.Name : SizeRule.Auto.Name,
            Date = date,
            Data = Words(about.Data),
            Recipe =
            [
                .. about.Held.Where(h => h.Field is not ("sizeRule" or "evaluationTokens")),
                .. recipe.Choices.Select(w => w with { Field = Camel(w.Field) }),
            ],
            Runs = fit.Cells.Sum(c => c.Runs + c.Diverged),
            Cells = fit.Cells.Count,
            Residual = fit.Residual,
            Region = new RuleRegion(
                fit.Cells.Min(c => c.Parameters), fit.Cells.Max(c => c.Parameters), fit.Cells.Min(c => c.Tokens),
                fit.Cells.Max(c => c.Tokens)),
            Laws = fit.Laws.ToDictionary(law => law.Quantity, law => new RuleFileLaw(
                new RuleLaw(law.Coefficient, law.ParametersExponent, law.TokensExponent))
            {
                ParametersInterval95 = law.ParametersInterval95 is { } p ? (p.Low, p.High) : null,
                TokensInterval95 = law.TokensInterval95 is { } t ? (t.Low, t.High) : null,
                Covariance = law.Covariance,
                Freedom = law.Covariance is null ? null : law.Freedom,
                Scatter = law.Scatter,
                LeaveOneOut = law.LeaveOneOutError,
                FollowsBatch = law.Quantity == RuleFile.LearningRate && batch >= 0 ? fit.Follows(rate, batch) : null,
            }),
        };
    }

    private static string? Words(DataSummary? data)
    {
        if (data is null) return null;
        var vocabulary = data.Vocabulary is { } v
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $", {v} token ids") : "";
        var hash = data.CorpusHash is { } h ? $", SHA-256 {h}" : "";
        return $"{data.Corpus}{vocabulary}{hash}";
    }

    private static string Camel(string field) =>
        string.Concat(
            field.Split('_')
            .Select((part, i) => i == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
}
