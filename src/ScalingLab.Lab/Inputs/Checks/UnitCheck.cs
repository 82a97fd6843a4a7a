using System.Globalization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>
/// Whether N, D and C can be parameters, tokens and FLOPs. Told by tokens a parameter, by compute over 6ND, by models
/// too small to be any, and by columns whose names give a unit that their numbers agree with.
/// </summary>
internal static class UnitCheck
{
    // Outside these nothing has been trained.
    private const double FewestTokensAParameter = 1e-2, MostTokensAParameter = 1e6, SmallestModel = 1e3;

    // Data-limited sweeps and models trained for inference reach these.
    private const double FewTokensAParameter = 0.05, ManyTokensAParameter = 1e5;

    // Sparse models spend a hundredth of 6ND, tiny ones with large vocabularies hundreds of times it.
    private const double LeastCompute = 2e-3, MostCompute = 300;

    /// <summary>What is wrong with the units, and what to write instead; null where nothing is.</summary>
    public static FitWarning? Warning(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        if (rows.Count == 0) return null;
        if (QuantityCheck.Warning(used, rows) is { } other) return other;
        var computeColumn = used.Flops ?? (used.Tokens is null ? null : used.Budget);
        var evidence = Evidence(used, rows, computeColumn);
        var impossible = Most(rows, IsOff) || Most(rows, one => one.Parameters < SmallestModel);
        var compute = evidence.Compute is { } decades ? Math.Pow(10, decades) : 1;
        // Budgets that are not in the unit of 6ND would be advised on as if they were.
        var budgetOff = used.Flops is null && compute is < LeastCompute or > MostCompute;
        if (budgetOff && rows.Any(one => !IsNear(Compute(one, used) / compute))) return BudgetUnit(used, rows);
        impossible |= budgetOff;
        var doubtful = compute is < LeastCompute or > MostCompute
            || Math.Pow(10, evidence.Ratio) is < FewTokensAParameter or > ManyTokensAParameter;
        if (!impossible && !doubtful && !IsNamedInMillions(used, computeColumn, rows)) return BudgetUnit(used, rows);

        var guess = UnitGuess.Best(evidence, (used.Parameters.Name, used.Tokens?.Name, computeColumn?.Name));
        var code = impossible ? FitWarning.ImpossibleUnits : "units-doubtful";
        var fact = compute is < LeastCompute or > MostCompute
            ? $"{(used.Flops is null ? "the budget" : "C")} is {Power(compute)} of 6ND in "
                + $"{Near(rows, one => Compute(one, used), compute)}"
            : impossible && !Most(rows, IsOff)
            ? $"N is {Short(Math.Pow(10, evidence.Parameters))} parameters in the middle row"
            : $"D / N{(used.Tokens is null ? " (D = C / 6N)" : "")} is "
                + $"{Power(Math.Pow(10, evidence.Ratio))} in the middle row";
        if (guess is null && !impossible && !doubtful) return BudgetUnit(used, rows);
        if (StepsInstead(used, rows, guess, compute) is { } steps)
            return new FitWarning(code, $"column {used.Tokens!.Name}: {fact}: {steps}");
        if (guess is null)
        {
            var names =
                string.Join(", ",
                    new[] { used.Parameters.Name, used.Tokens?.Name, computeColumn?.Name }.OfType<string>());
            return new FitWarning(code, $"columns {names}: {fact}: one of them is in other units, or is not what it "
                + "was taken for; "
                + $"--n {ShellQuoting.QuoteForText(used.Parameters.Times(1e6))} would read millions.");
        }

        return new FitWarning(code, Guessed(used, computeColumn, guess, fact));
    }

    private static bool IsOff(LossObservation one) =>
        one.Tokens / one.Parameters is < FewestTokensAParameter or > MostTokensAParameter;

    private static string Guessed(ColumnMapping used, ColumnExpression? computeColumn, UnitGuess guess, string fact)
    {
        (string Symbol, string Option, ColumnExpression? Column, Unit Unit)[] all =
        [
            ("N", "--n", used.Parameters, guess.Parameters), ("D", "--d", used.Tokens, guess.Tokens),
            (used.Flops is null ? "the budget" : "C", used.Flops is null ? "--budget" : "--flops", computeColumn,
                guess.Flops),
        ];
        var off = all.Where(one => one.Unit != Units.One).ToList();
        var columns = $"column{(off.Count > 1 ? "s" : "")} {string.Join(" and ", off.Select(one => one.Column!.Name))}";
        var looks =
            string.Join(" and ", off.Select((one, index) => $"{one.Symbol}{(index == 0 ? " were" : "")} in "
                + $"{one.Unit.Words}"));
        var options =
            string.Join(" ", off.Select(one => $"{one.Option} "
                + $"{ShellQuoting.QuoteForText(one.Column!.Times(one.Unit.Factor))}"));
        return $"{columns}: {fact}: it looks as if {looks}; {options} reads {(off.Count > 1 ? "them" : "it")} so.";
    }

    // Steps are whole numbers, and a step's tokens are a power of two, or no power of ten.
    private static string? StepsInstead(ColumnMapping used, IReadOnlyList<LossObservation> rows, UnitGuess? guess,
        double compute)
    {
        if (used.Tokens is not { Factor: 1 } column || rows.Any(one => one.Tokens % 1 != 0)) return null;
        if (Medians.Median(rows.Select(one => one.Tokens / one.Parameters)) > 1) return null;
        var named = Units.Steps(column.Name);
        var alone = guess is null
            || (guess.Parameters == Units.One && guess.Flops == Units.One && guess.Tokens.Factor is >= 1e3 and <= 1e6);
        if (!alone || (!named && guess?.Tokens.IsNamedBy(column.Name) == true)) return null;
        var times = $"--d {ShellQuoting.QuoteForText($"{column.Name}*TOKENS")} with the tokens of a step reads them so";
        if (compute <= MostCompute)
        {
            if (guess is null) return named ? $"it looks as if D counted optimizer steps; {times}." : null;
            var other = named ? ""
                : $", or were in {guess.Tokens.Words} (--d "
                    + $"{ShellQuoting.QuoteForText(column.Times(guess.Tokens.Factor))})";
            return $"it looks as if D counted optimizer steps{other}; {times}.";
        }

        var (tens, twos) = (Math.Log10(compute), Math.Log2(compute));
        if (!named && guess is not null && Math.Abs(tens - Math.Round(tens)) < 0.1
            && Math.Abs(twos - Math.Round(twos)) > 0.001) return null;
        if (rows.Any(one => Compute(one, used) / compute is < 0.8 or > 1.25))
            return $"it looks as if D counted optimizer steps; "
                + $"{(used.Flops is null ? times : "leave --d out, and D = C / 6N")}.";
        var step = Math.Abs(twos - Math.Round(twos)) < 0.001 ? Math.Pow(2, Math.Round(twos)) : Math.Round(compute);
        var option = $"--d {ShellQuoting.QuoteForText(column.Times(step))}";
        return $"it looks as if D counted optimizer steps of about {Quantity.Whole(step)} tokens; "
            + $"{option} reads them so.";
    }

    // Budgets beside a column of C, or where D follows from C, are no evidence of the others' units, but may be in
    // their own.
    private static FitWarning? BudgetUnit(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        if (used.Budget is not { } budget || rows.All(one => one.BudgetFlops is null)) return null;
        var share =
            Medians.Median(
                rows.Where(one => one.BudgetFlops is not null).Select(one => one.BudgetFlops!.Value / one.Flops));
        if (share is > 0.01 and < 100) return null;
        // Numbers of groups, say, are in no unit.
        var alike = rows.All(one => one.BudgetFlops is not { } own || IsNear(own / one.Flops / share));
        var unit =
            Units.Flops.Where(unit => alike && unit != Units.One && Math.Abs(Math.Log10(share * unit.Factor)) < 0.85)
            .OrderBy(unit => Math.Abs(Math.Log10(share * unit.Factor))).FirstOrDefault();
        var mend = unit is null ? "--budget none makes budgets of runs of nearly equal FLOPs instead."
            : $"it looks as if it were in {unit.Words}; --budget "
                + $"{ShellQuoting.QuoteForText(budget.Times(unit.Factor))} reads it so.";
        return new FitWarning(FitWarning.ImpossibleUnits, $"column {budget.Name}: the budget is {Power(share)} of the "
            + $"FLOPs in the middle row: {mend}");
    }

    // A column whose name says millions, and whose numbers are small enough for that.
    private static bool IsNamedInMillions(ColumnMapping used, ColumnExpression? computeColumn,
        IReadOnlyList<LossObservation> rows)
    {
        return Small(used.Parameters, Units.Parameters, one => one.Parameters, 1e6)
            || Small(used.Tokens, Units.Tokens, one => one.Tokens, 1e7)
            || Small(computeColumn, Units.Flops, one => used.Flops is null ? one.BudgetFlops ?? one.Flops : one.Flops,
                1e14);

        bool Small(ColumnExpression? column, IReadOnlyList<Unit> units, Func<LossObservation, double> value,
            double least) =>
            column is { Factor: 1 } && units.Any(unit => unit.IsNamedBy(column.Name))
            && Medians.Median(rows.Select(value)) < least;
    }

    private static UnitEvidence Evidence(ColumnMapping used, IReadOnlyList<LossObservation> rows,
        ColumnExpression? computeColumn) => new(
        Math.Log10(Medians.Median(rows.Select(one => one.Parameters))),
        Math.Log10(Medians.Median(rows.Select(one => one.Tokens / one.Parameters))),
        used.Tokens is null || computeColumn is null ? null
        : Math.Log10(Medians.Median(rows.Select(one => Compute(one, used)))),
        used.Tokens is not null,
        computeColumn is not null);

    private static double Compute(LossObservation one, ColumnMapping used) =>
        (used.Flops is null ? one.BudgetFlops ?? one.Flops : one.Flops) / (6 * one.Parameters * one.Tokens);

    private static bool Most(IReadOnlyList<LossObservation> rows, Func<LossObservation, bool> holds) =>
        rows.Count(holds) > 0.5 * rows.Count;

    // Those within a factor of three of the middle.
    private static string Near(IReadOnlyList<LossObservation> rows, Func<LossObservation, double> value, double middle)
    {
        var near = rows.Count(one => IsNear(value(one) / middle));
        return near == rows.Count ? $"all {near} rows" : $"{near} of {rows.Count} rows";
    }

    private static bool IsNear(double share) => share is > 1 / 3.0 and < 3;

    private static string Power(double x) => x.ToString("0.0e0", CultureInfo.InvariantCulture);

    private static string Short(double x) => x.ToString("G6", CultureInfo.InvariantCulture);
}
