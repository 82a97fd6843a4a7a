using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Optima;

/// <summary>The runs of one (N, D) that have a loss, in logarithms, with their weights.</summary>
internal sealed class OptimumCellData
{
    // Steps are whole numbers of a batch, so that the runs of one cell differ a little in D; lengths of one model that
    // are told apart differ by more.
    private const double SameTokens = 0.1;

    private OptimumCellData(IReadOnlyList<(OptimumObservation Run, int Row)> runs, int quantities, double window)
    {
        var ended = runs.Where(r => double.IsFinite(r.Run.Loss)).ToList();
        Rows = [.. runs.Select(r => r.Row).Order()];
        Diverged = runs.Count - ended.Count;
        Parameters = runs[0].Run.Parameters;
        double[] sorted = [.. runs.Select(r => r.Run.Tokens).Order()];
        Tokens = sorted[sorted.Length / 2];
        LogTokens = [.. ended.Select(r => Math.Log(r.Run.Tokens / Tokens))];
        X = [.. ended.Select(r => r.Run.Values.Select(v => Math.Log(v)).ToArray())];
        Loss = [.. ended.Select(r => r.Run.Loss)];
        Tried = [.. Enumerable.Range(0, quantities)
            .Select(k => new Interval(runs.Min(r => r.Run.Values[k]), runs.Max(r => r.Run.Values[k])))];
        Window = window;
        Weights = [];
        Weigh();
    }

    public double Parameters { get; }

    /// <summary>The median run's.</summary>
    public double Tokens { get; }

    public int Diverged { get; }

    public IReadOnlyList<int> Rows { get; }

    public IReadOnlyList<Interval> Tried { get; }

    /// <summary>Logarithms of the quantities, run by run.</summary>
    public double[][] X { get; }

    /// <summary>Losses, as if each run had trained on the cell's D.</summary>
    public double[] Loss { get; private set; }

    /// <summary>1 at the lowest loss, 0 outside the window.</summary>
    public double[] Weights { get; private set; }

    /// <summary>The index of the lowest loss.</summary>
    public int Best => Array.IndexOf(Loss, Loss.Min());

    private double Window { get; }

    private double[] LogTokens { get; }

    /// <summary>Cells by N then D; those in which nothing ended with a loss are left out.</summary>
    public static IReadOnlyList<OptimumCellData> FromRuns(IReadOnlyList<OptimumObservation> runs,
        OptimumOptions options)
    {
        var cells = new List<OptimumCellData>();
        foreach (var size in runs.Select((r, i) => (Run: r, Row: r.Row ?? i + 1)).GroupBy(r => r.Run.Parameters)
            .OrderBy(g => g.Key))
        {
            var cell = new List<(OptimumObservation Run, int Row)>();
            foreach (var run in size.OrderBy(r => r.Run.Tokens))
            {
                if (cell.Count > 0 && Math.Log(run.Run.Tokens / cell[^1].Run.Tokens) > SameTokens) Close(cell);
                cell.Add(run);
            }

            Close(cell);
        }

        Level(cells);
        return cells;

        void Close(List<(OptimumObservation Run, int Row)> cell)
        {
            if (cell.Any(r => double.IsFinite(r.Run.Loss)))
                cells.Add(new OptimumCellData([.. cell], options.Quantities.Count, options.Window));
            cell.Clear();
        }
    }

    /// <summary>
    /// Takes out of each loss what its run gained or lost by training on a little more or less than its cell's D.
    /// </summary>
    private static void Level(List<OptimumCellData> cells)
    {
        double products = 0, squares = 0;
        foreach (var size in cells.GroupBy(c => c.Parameters))
        {
            var (centre, mean) = (size.Average(c => Math.Log(c.Tokens)), size.Average(c => c.Loss.Min()));
            foreach (var cell in size)
            {
                var u = Math.Log(cell.Tokens) - centre;
                (products, squares) = (products + (u * (cell.Loss.Min() - mean)), squares + (u * u));
            }
        }

        if (squares < 1e-12) return;
        var slope = Math.Min(0, products / squares);
        foreach (var cell in cells)
        {
            cell.Loss = [.. cell.Loss.Select((loss, i) => loss - (slope * cell.LogTokens[i]))];
            cell.Weigh();
        }
    }

    /// <summary>
    /// Tukey's biweight of the excess over the lowest loss. The window is widened until it holds a run more than a
    /// quadratic has numbers, and three different values of each quantity, where there are as many.
    /// </summary>
    private void Weigh()
    {
        var best = Loss.Min();
        var excess = Loss.Select(l => l - best).ToArray();
        var quantities = X.Length == 0 ? 0 : X[0].Length;
        var enough = 2 + quantities + (quantities * (quantities + 1) / 2);
        var window = Window * best;
        foreach (var next in excess.Order())
        {
            if (IsEnough(Enumerable.Range(0, excess.Length).Where(i => excess[i] < window).ToList())) break;
            window = Math.Max(window, 1.25 * next);
        }

        Weights = [.. excess.Select(e => e < window ? Math.Pow(1 - (e / window * (e / window)), 2) : 0)];

        bool IsEnough(List<int> inside) => inside.Count >= enough
            && Enumerable.Range(0, quantities)
            .All(k => inside.Select(i => Math.Round(X[i][k], 6)).Distinct().Count() >= 3);
    }
}
