using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>A tune's numbers in words.</summary>
public static class TuneText
{
    /// <summary>The sentence to take away.</summary>
    public static string Headline(RecipeTune recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.Fit.Status != FitStatus.Converged) return $"No law: {recipe.Fit.Warnings[0].Text}";
        var of = recipe.Name.Length == 0 ? "" : $"With {recipe.Name}: ";
        return of + string.Join("; ", recipe.Fit.Laws.Select(Law)) + ".";
    }

    /// <summary>best learningRate = 0.31 N^-0.42 D^0.14 (predicts a cell within a factor of 1.12).</summary>
    public static string Law(OptimumLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        var sure = law.LeaveOneOutError is { } error
            ? $" (predicts a cell within a factor of {Numbers.Fixed(Math.Exp(error), 2)})" : "";
        var powers = $"N^{Numbers.Fixed(law.ParametersExponent)} D^{Numbers.Fixed(law.TokensExponent)}";
        return $"best {law.Quantity} = {Numbers.Significant(law.Coefficient, 3)} {powers}{sure}";
    }

    /// <summary>A quantity's value: tokens as a count, anything else with three digits.</summary>
    public static string Value(string quantity, double value) =>
        quantity == RuleFile.BatchTokens ? Numbers.Count(value) : Numbers.Significant(value, 3);

    /// <summary>low to high, three decimals; empty where there is none.</summary>
    public static string Span(Interval? interval) => ReportText.Span(interval);

    /// <summary>A standard deviation of a logarithm as a factor; empty where there is none.</summary>
    public static string Factor(double? logarithm) => logarithm is { } x ? $"×/÷ {Numbers.Fixed(Math.Exp(x), 2)}" : "";

    /// <summary>A minimum's status as JSON has it.</summary>
    public static string Status(MinimumStatus status) => status switch
    {
        MinimumStatus.Interior => "interior",
        MinimumStatus.Edge => "edge",
        MinimumStatus.NotConvex => "not-convex",
        _ => "too-few-points",
    };
}
