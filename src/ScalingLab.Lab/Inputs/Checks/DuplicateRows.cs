using System.Globalization;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>A row that says the same as an earlier one.</summary>
internal sealed record DuplicateRow(int Row, int Of);

/// <summary>
/// Rows that stand in a table more than once: alike in every field; of one run_id; or alike in N, D, C, seed and a loss
/// of six digits or more, which two runs do not share.
/// </summary>
internal static class DuplicateRows
{
    private const string RunId = "run_id";
    private const int MinDigits = 6;
    private const int MostShown = 6;

    public static IReadOnlyList<DuplicateRow> Find(CsvTable table, ColumnMapping used,
        IReadOnlyList<LossObservation> rows)
    {
        var copies = new Dictionary<int, int>();
        foreach (var place in rows.GroupBy(one => (one.Parameters, one.Tokens, one.Flops, one.BudgetFlops, one.Seed))
            .Where(place => place.Count() > 1))
        {
            Mark(place.GroupBy(one => string.Join('\u001F', table.RowOf(one).Fields)));
            if (table.Has(RunId))
                Mark(place.Where(one => table.Text(table.RowOf(one), RunId) is not null)
                    .GroupBy(one => (table.Text(table.RowOf(one), RunId), one.Loss)));
            Mark(GroupEqual(
                [.. place.Select(one => new WrittenLoss(one, table.Text(table.RowOf(one), used.Loss.Name)!))]));
        }

        return [.. copies.Select(one => new DuplicateRow(one.Key, one.Value)).OrderBy(copy => copy.Row)];

        void Mark(IEnumerable<IEnumerable<LossObservation>> groups)
        {
            foreach (var group in groups)
            {
                var same = group.Select(one => one.Row!.Value).Where(row => !copies.ContainsKey(row)).Order().ToList();
                foreach (var row in same.Skip(1)) copies[row] = same[0];
            }
        }
    }

    /// <summary>What is said of them; null where there are none.</summary>
    public static FitWarning? Warning(IReadOnlyList<DuplicateRow> copies, int rows)
    {
        if (copies.Count == 0) return null;
        var shown = string.Join(", ", copies.Take(MostShown).Select(copy => $"row {copy.Row} of row {copy.Of}"));
        var more = copies.Count > MostShown ? ", ..." : "";
        var verb = copies.Count == 1 ? "is a copy of an earlier row" : "are copies of earlier rows";
        return new FitWarning("duplicate-rows", $"{copies.Count} of {rows} rows {verb} ({shown}{more}); each is "
            + "counted once.",
            [.. copies.Select(copy => copy.Row)]);
    }

    // Neighbours in the order of losses, equal to the digits that the shorter one has.
    private static IEnumerable<IEnumerable<LossObservation>> GroupEqual(IReadOnlyList<WrittenLoss> place)
    {
        List<LossObservation> group = [];
        WrittenLoss? before = null;
        foreach (var one in place.Where(one => one.Digits >= MinDigits).OrderBy(one => one.Observation.Loss))
        {
            if (before is not null && !before.SameAs(one))
            {
                yield return group;
                group = [];
            }

            group.Add(one.Observation);
            before = one;
        }

        yield return group;
    }

    // A loss and how exactly it was written.
    private sealed class WrittenLoss(LossObservation one, string text)
    {
        private readonly double _unit = Unit(text);

        public LossObservation Observation => one;

        public int Digits { get; } = text.TakeWhile(c => c is not ('e' or 'E')).Where(char.IsAsciiDigit)
            .SkipWhile(c => c == '0').Count();

        public bool SameAs(WrittenLoss other) =>
            Math.Abs(one.Loss - other.Observation.Loss) <= 0.500001 * Math.Max(_unit, other._unit);

        // One of the last digit written: 0.001 of 2.345.
        private static double Unit(string text)
        {
            var mantissa = text.Split('e', 'E');
            var point = mantissa[0].IndexOf('.', StringComparison.Ordinal);
            var decimals = point < 0 ? 0 : mantissa[0].Skip(point + 1).Count(char.IsAsciiDigit);
            var power = 0;
            if (mantissa.Length > 1)
                _ = int.TryParse(mantissa[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out power);
            return Math.Pow(10, power - decimals);
        }
    }
}
