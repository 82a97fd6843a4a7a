using ScalingLab.Fitting.Observations;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>How far the rows of one N and D lie apart in ln loss, and what share of that goes with a column.</summary>
internal sealed class CellVariance
{
    private readonly IReadOnlyList<IReadOnlyList<LossObservation>> _cells;
    private readonly Dictionary<LossObservation, double> _deviations = new(ReferenceEqualityComparer.Instance);

    /// <param name="cells">Rows of one N and D each, at least two a cell.</param>
    public CellVariance(IReadOnlyList<IReadOnlyList<LossObservation>> cells)
    {
        _cells = cells;
        foreach (var cell in cells)
        {
            var mean = cell.Average(one => Math.Log(one.Loss));
            foreach (var one in cell) _deviations[one] = Math.Log(one.Loss) - mean;
        }

        Rows = _deviations.Count;
        Spread = Math.Sqrt(_deviations.Values.Sum(x => x * x) / (Rows - cells.Count));
    }

    /// <summary>The rows in the cells.</summary>
    public int Rows { get; }

    /// <summary>The pooled standard deviation of ln loss within the cells.</summary>
    public double Spread { get; }

    /// <summary>
    /// The share of the squares within cells that an effect of each value of the column, the same in every cell, takes
    /// away. Null where the column does not differ within most cells, or where it is no setting: its values do not
    /// recur from cell to cell, unless it is known for one.
    /// </summary>
    public double? ExplainedBy(Func<LossObservation, string?> value, bool known)
    {
        if (_cells.Count(cell => cell.Select(value).Distinct().Count() > 1) < 0.5 * _cells.Count) return null;
        var groups = _deviations.Keys.GroupBy(value).ToList();
        if (groups.Count > 0.5 * Rows) return known ? 0 : null;
        var total = _deviations.Values.Sum(x => x * x);
        return total > 0
            ? groups.Sum(group => group.Count() * Math.Pow(group.Average(one => _deviations[one]), 2)) / total : 0;
    }
}
