using System.Globalization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>
/// Whether a column holds another quantity than it was taken for: logarithms of N, D or C, or tokens a parameter for D.
/// No factor mends these, and a factor that made them look right would be worse than none. Told by the name, or by C in
/// every row.
/// </summary>
internal static class QuantityCheck
{
    // Nothing trained has fewer parameters than 10^2 or more FLOPs than e^80: what is a logarithm lies between.
    private const double LeastLogarithm = 2, MostLogarithm = 80;

    // Ways to count compute differ from 6ND by less.
    private const double Near = 10;

    // Of D / N in the middle row.
    private const double LeastRatio = 1e-2, MostRatio = 1e6;

    private const double MostTokensAParameter = 1e5;

    private static readonly (string Name, Func<double, double> Raised)[] Powers =
        [("log10", x => Math.Pow(10, x)), ("ln", Math.Exp)];

    /// <summary>
    /// What is wrong, and what to do; null where nothing is. No headline and no advice is given then.
    /// </summary>
    public static FitWarning? Warning(ColumnMapping used, IReadOnlyList<LossObservation> rows) =>
        Logarithms(used, rows) ?? TokensAParameter(used, rows);

    private static FitWarning? Logarithms(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        List<(ColumnExpression Column, string Symbol, string Plural, Func<LossObservation, double> Value)> able = [];
        Add(used.Flops, "C", "FLOPs", one => one.Flops);
        Add(used.Parameters, "N", "parameters", one => one.Parameters);
        Add(used.Tokens, "D", "tokens", one => one.Tokens);
        // Those that say so by their names, at once; then one column alone.
        var sets = able.ConvertAll(one => able.FindAll(other => other.Symbol == one.Symbol))
            .Prepend(able.FindAll(one => Units.Logarithms(one.Column.Name)))
            .Where(set => set.Count > 0);
        foreach (var (set, (name, power)) in sets.SelectMany(set => Powers.Select(power => (set, power))))
        {
            var named = set.TrueForAll(one => Units.Logarithms(one.Column.Name));
            var raised = rows.Select(one => Raised(one, [.. set.Select(s => s.Symbol)], power)).ToList();
            var ratio =
                Medians.Median(raised.Select(one => (used.Tokens is null ? one.C / (6 * one.N) : one.D) / one.N));
            var told = used is { Tokens: not null, Flops: not null }
                ? (named || set.Count == 1) && raised.TrueForAll(IsSixNd)
                : named && ratio is > LeastRatio and < MostRatio;
            if (!told) continue;
            var ranges = set.Select(one => $"{Number(rows.Min(one.Value))} to {Number(rows.Max(one.Value))}");
            var symbols = string.Join(" and ", set.Select(one => one.Symbol));
            var mend = set is [{ Symbol: "C" }] && used.Tokens is not null ? "leave --flops out, and C = 6ND."
                : $"make columns of the {string.Join(" and ", set.Select(one => one.Plural))} themselves and name those.";
            return Said(
                [.. set.Select(one => one.Column)],
                $"the numbers go from {string.Join(" and from ", ranges)}: it looks as if they were {name} of "
                    + $"{symbols}; {mend}");
        }

        return null;

        void Add(ColumnExpression? column, string symbol, string plural, Func<LossObservation, double> value)
        {
            if (column is { Factor: 1 } && rows.All(one => value(one) is > LeastLogarithm and < MostLogarithm))
                able.Add((column, symbol, plural, value));
        }
    }

    private static FitWarning? TokensAParameter(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        if (used.Tokens is not { Factor: 1 } column || rows.Any(one => one.Tokens > MostTokensAParameter)) return null;
        var told = used.Flops is not null
            ? rows.All(one => IsSixNd((one.Parameters, one.Parameters * one.Tokens, one.Flops)))
            : Units.TokensAParameter(column.Name) && rows.All(one => one.Tokens < LeastRatio * one.Parameters);
        return !told ? null : Said([column], "it looks as if D were given as tokens a parameter; "
            + (used.Flops is null ? "make a column of the tokens themselves, that times N, and name it."
                : "leave --d out, and D = C / 6N."));
    }

    private static FitWarning Said(IReadOnlyList<ColumnExpression> columns, string text) => new(
        FitWarning.ImpossibleUnits,
        $"column{(columns.Count > 1 ? "s" : "")} "
            + $"{string.Join(" and ", columns.Select(column => column.Name))}: {text}");

    private static bool IsSixNd((double N, double D, double C) one) =>
        one.C / (6 * one.N * one.D) is > 1 / Near and < Near;

    private static (double N, double D, double C) Raised(
        LossObservation one, HashSet<string> symbols, Func<double, double> power)
    {
        double Of(string symbol, double value) => symbols.Contains(symbol) ? power(value) : value;
        return (Of("N", one.Parameters), Of("D", one.Tokens), Of("C", one.Flops));
    }

    private static string Number(double x) => x.ToString("G4", CultureInfo.InvariantCulture);
}
