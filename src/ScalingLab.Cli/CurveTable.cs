using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary>Points of training curves, for the envelope: what each run's loss was when it had spent so much.</summary>
internal static class CurveTable
{
    /// <summary>The columns of curves.csv.</summary>
    private const string Key = "run_id", Tokens = "tokens", Flops = "flops", Loss = "loss_train";

    /// <summary>The file of this name beside <paramref name="runs"/>, where there is one and both name their runs.</summary>
    public static string? Beside(CsvTable runs)
    {
        var file = Path.Combine(Path.GetDirectoryName(runs.File) ?? "", "curves.csv");
        return runs.Has(Key) && Path.GetFileName(runs.File) == "runs.csv" && File.Exists(file) ? file : null;
    }

    /// <summary>
    /// The points with a training loss (as Hoffmann et al. 2022, approach 1), of the runs that were observed. N comes from the runs by run_id,
    /// or from the curves' own column of that name.
    /// </summary>
    /// <exception cref="InputException">Columns or numbers that cannot be used: every problem.</exception>
    public static IReadOnlyList<LossObservation> Of(CsvTable curves, CsvTable runs, FitTable fitted)
    {
        var problems = new List<Problem>();
        var own = curves.Has(fitted.Used.Parameters) ? fitted.Used.Parameters : null;
        var joined = own is null && curves.Has(Key) && runs.Has(Key);
        if (own is null && !joined)
        {
            problems.Add(new Problem(
                "--curves", $"{curves.File} has neither '{fitted.Used.Parameters}' nor a '{Key}' that both files have ({curves.Columns})"));
        }

        var tokens = First(fitted.Used.Tokens, Tokens);
        // Curves count compute as their runs do: where the runs' is 6ND, so is theirs.
        var flops = fitted.Used.Flops is null ? null : First(fitted.Used.Flops, Flops);
        if (tokens is null && flops is null) problems.Add(new Problem("--curves", $"{curves.File} has neither tokens nor FLOPs ({curves.Columns})"));
        var loss = First(Loss, fitted.Used.Loss);
        if (loss is null) problems.Add(new Problem("--curves", $"{curves.File} has neither '{Loss}' nor '{fitted.Used.Loss}' ({curves.Columns})"));
        if (problems.Count > 0) throw new InputException(problems);

        var known = joined ? Known(runs, fitted) : [];
        var points = new List<LossObservation>();
        foreach (var row in curves.Rows)
        {
            if (problems.Count >= CsvTable.MostProblems) break;
            var id = joined ? curves.Text(row, Key) : null;
            var run = id is null ? null : known.GetValueOrDefault(id);
            var n = joined ? run?.Parameters : curves.Number(row, own, problems);
            var (d, c, value) = (curves.Number(row, tokens, problems), curves.Number(row, flops, problems), curves.Number(row, loss, problems));
            if (n is not { } size || value is not { } l || (d ?? c) is null) continue;
            var length = d ?? (c!.Value / (6 * size));
            points.Add(new LossObservation(size, length, c ?? (6 * size * length), l, null, id, row.Number, run?.UniqueTokens));
        }

        return problems.Count == 0 ? points : throw new InputException(problems);

        string? First(params string?[] names) => names.FirstOrDefault(name => name is not null && curves.Has(name));
    }

    private static Dictionary<string, LossObservation> Known(CsvTable runs, FitTable fitted)
    {
        var known = new Dictionary<string, LossObservation>();
        foreach (var one in fitted.Observations)
        {
            if (runs.Text(runs.Rows[one.Row!.Value - 1], Key) is { } id) known[id] = one;
        }

        return known;
    }
}
