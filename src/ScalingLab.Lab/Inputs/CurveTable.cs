using ScalingLab.Fitting.Observations;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Inputs;

/// <summary>Points of training curves, for the envelope: what each run's loss was when it had spent so much.</summary>
public static class CurveTable
{
    /// <summary>The columns of curves.csv.</summary>
    private const string Key = "run_id", Tokens = "tokens", Flops = "flops", Loss = "loss_train";

    /// <summary>
    /// The file of this name beside <paramref name="runs"/>, where there is one and both name their runs.
    /// </summary>
    public static string? Beside(CsvTable runs)
    {
        var file = Path.Combine(Path.GetDirectoryName(runs.File) ?? "", "curves.csv");
        return runs.Has(Key) && Path.GetFileName(runs.File) == "runs.csv" && File.Exists(file) ? file : null;
    }

    /// <summary>
    /// The points with a training loss (as Hoffmann et al. 2022, approach 1), of the runs that were observed. N comes
    /// from the runs by run_id, or from the curves' own column of that name.
    /// </summary>
    /// <exception cref="InputException">Columns or numbers that cannot be used: every problem.</exception>
    public static IReadOnlyList<LossObservation> ReadPoints(CsvTable curves, CsvTable runs, FitTable fitted)
    {
        var problems = new List<Problem>();
        var used = fitted.Used;
        var own = curves.Has(used.Parameters.Name) ? used.Parameters : null;
        var joined = own is null && curves.Has(Key) && runs.Has(Key);
        if (own is null && !joined)
        {
            problems.Add(new Problem(
                "--curves",
                $"{curves.File} has neither '{used.Parameters.Name}' nor a '{Key}' that both files have "
                    + $"({curves.Columns})"));
        }

        var tokens = First(used.Tokens, new ColumnExpression(Tokens));
        // Curves count compute as their runs do: where the runs' is 6ND, so is theirs.
        var flops = used.Flops is null ? null : First(used.Flops, new ColumnExpression(Flops));
        if (tokens is null && flops is null)
            problems.Add(new Problem("--curves", $"{curves.File} has neither tokens nor FLOPs ({curves.Columns})"));
        var loss = First(new ColumnExpression(Loss), used.Loss);
        if (loss is null)
            problems.Add(new Problem("--curves", $"{curves.File} has neither '{Loss}' nor '{used.Loss.Name}' "
                + $"({curves.Columns})"));
        if (problems.Count > 0) throw new InputException(problems);

        var known = joined ? Known(runs, fitted) : [];
        var (ns, ds, cs, losses) =
            (Numbers(own, true), Numbers(tokens, true), Numbers(flops, true), Numbers(loss, false));
        if (problems.Count > 0) throw new InputException(problems);
        var points = new List<LossObservation>();
        foreach (var row in curves.Rows)
        {
            var id = joined ? curves.Text(row, Key) : null;
            var run = id is null ? null : known.GetValueOrDefault(id);
            var n = joined ? run?.Parameters : ns?.At(row);
            var (d, c) = (ds?.At(row), cs?.At(row));
            if (n is not { } size || losses?.At(row) is not { } l || (d ?? c) is null) continue;
            var length = d ?? (c!.Value / (6 * size));
            points.Add(
                new LossObservation(size, length, c ?? (6 * size * length), l, null, id, row.Number,
                    run?.UniqueTokens));
        }

        return points;

        ColumnExpression? First(params ColumnExpression?[] choices) =>
            choices.FirstOrDefault(choice => choice is not null && curves.Has(choice.Name));

        NumberColumn? Numbers(ColumnExpression? choice, bool counts)
        {
            if (choice is null) return null;
            var column = NumberColumn.Read(curves, choice, curves.Rows, counts);
            if (column.Problem(curves) is { } problem) problems.Add(problem);
            return column;
        }
    }

    private static Dictionary<string, LossObservation> Known(CsvTable runs, FitTable fitted)
    {
        var known = new Dictionary<string, LossObservation>();
        foreach (var one in fitted.Observations)
        {
            if (runs.Text(runs.RowOf(one), Key) is { } id) known[id] = one;
        }

        return known;
    }
}
