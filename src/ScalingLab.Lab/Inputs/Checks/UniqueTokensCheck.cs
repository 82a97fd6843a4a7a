using System.Globalization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>
/// Whether distinct tokens are in the unit of the tokens trained on: in millions every run would have read its text a
/// million times.
/// </summary>
internal static class UniqueTokensCheck
{
    // Passes over the text in the middle row: more have not been made, and a guess that leaves more than the second is
    // none.
    private const double MostPasses = 2000, UsualPasses = 200;

    /// <summary>What is wrong, and what to write instead; null where nothing is.</summary>
    public static FitWarning? Warning(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        if (used.Unique is not { } column || used.UniqueFromEpochs) return null;
        List<double> passes =
            [.. rows.Where(one => one.UniqueTokens is not null).Select(one => one.Tokens / one.UniqueTokens!.Value)];
        if (passes.Count == 0 || Medians.Median(passes) is not (> MostPasses and var middle)) return null;
        var unit = Units.Tokens.Where(unit => middle / unit.Factor < UsualPasses).MinBy(unit => unit.Factor);
        var mend = unit is null ? "see whether it holds distinct tokens."
            : $"it looks as if it were in {unit.Words}; --unique "
                + $"{ShellQuoting.QuoteForText(column.Times(unit.Factor))} reads it so.";
        var times = middle.ToString("0.0e0", CultureInfo.InvariantCulture);
        return new FitWarning(FitWarning.ImpossibleUnits,
            $"column {column.Name}: D is {times} times the distinct tokens in the middle row: {mend}");
    }
}
