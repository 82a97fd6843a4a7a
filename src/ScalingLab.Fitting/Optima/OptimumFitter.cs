using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Optima;

/// <summary>Finds where the losses of a tune are lowest, and how that moves with N and D.</summary>
public static class OptimumFitter
{
    private const int LeastCells = 4;

    /// <summary>Fits the laws.</summary>
    /// <exception cref="ArgumentException">A run has not a positive value for each quantity, or a size or length that
    /// is not positive.</exception>
    public static OptimumFit Fit(IReadOnlyList<OptimumObservation> runs, OptimumOptions options)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Quantities.Count == 0) throw new ArgumentException("no quantity is named", nameof(options));
        foreach (var run in runs)
        {
            if (run.Values.Count != options.Quantities.Count || !run.Values.Append(run.Parameters).Append(run.Tokens)
                .All(v => v > 0 && double.IsFinite(v)))
                throw new ArgumentException("every run needs a positive size, length and value of each quantity",
                    nameof(runs));
        }

        var data = OptimumCellData.FromRuns(runs, options);
        var work = new OptimumEstimator(data, options);
        var status = data.Count < LeastCells ? FitStatus.TooFewPoints
            : work.Fitted < LeastCells || work.Lowest is null ? FitStatus.Unidentified : FitStatus.Converged;
        if (status != FitStatus.Converged)
        {
            return new OptimumFit
            {
                Status = status,
                Options = options,
                Cells = work.Cells(laws: null),
                Warnings = [Why(status, data, work)],
            };
        }

        var laws = work.Laws();
        var cells = work.Cells(laws);
        return new OptimumFit
        {
            Status = status,
            Options = options,
            Cells = cells,
            Laws = laws,
            Curvature = work.Curvature,
            Residual = work.Residual,
            Warnings = [.. Sharpness(work, cells.Count), .. Warnings(laws, cells)],
        };
    }

    private static FitWarning Why(FitStatus status, IReadOnlyList<OptimumCellData> cells, OptimumEstimator work)
    {
        if (status == FitStatus.TooFewPoints)
        {
            return new FitWarning("optimum-too-few-cells", Invariant(
                $"There are {cells.Count} cells with losses, one for each N and D; a law of both needs {LeastCells}: give more sizes or lengths."));
        }

        var (sizes, lengths) =
            (cells.Select(c => c.Parameters).Distinct().Count(), cells.Select(c => Math.Round(Math.Log(c.Tokens), 1))
                .Distinct().Count());
        return sizes < 2 || lengths < 2
            ? new FitWarning("optimum-one-size",
                Invariant($"The cells have {sizes} N and {lengths} D: a law of both needs two of each at least."))
            : work.InteriorCells < LeastCells && work.UsesMinima
                ? new FitWarning("optimum-no-minima", Invariant(
                    $"Of {cells.Count} cells {work.InteriorCells} have their lowest point inside what was tried; {LeastCells} are needed: try wider factors."))
                : new FitWarning("optimum-unidentified",
                    "The losses do not curve upwards in every tuned quantity, or the cells lie on one line in ln N and "
                        + "ln D: no law can be told from them.");
    }

    private static IEnumerable<FitWarning> Sharpness(OptimumEstimator work, int cells)
    {
        if (work.SharpnessAtBound > 0)
        {
            yield return new FitWarning("optimum-sharpness-at-bound", Invariant(
                $"In {work.SharpnessAtBound} of {cells} cells the losses bend more than ten times as sharply as in the others, or less than a tenth: ",
                $"the surface takes them for ten times and a tenth, the ends of its search."));
        }
    }

    private static IEnumerable<FitWarning> Warnings(IReadOnlyList<OptimumLaw> laws, IReadOnlyList<OptimumCell> cells)
    {
        var flat = cells.Where(c => c.Status is MinimumStatus.NotConvex).ToList();
        if (flat.Count > 0)
        {
            yield return new FitWarning("optimum-not-convex", Invariant(
                $"{flat.Count} of {cells.Count} cells have losses that do not curve upwards in every quantity; the laws are fitted without them."),
                [.. flat.SelectMany(c => c.Rows)]);
        }

        var outside = cells.Where(c => c.Status is MinimumStatus.Edge).ToList();
        if (outside.Count > 0)
        {
            yield return new FitWarning("optimum-edge", Invariant(
                $"{outside.Count} of {cells.Count} cells are lowest beyond the values tried there: their side of the law is a guess of the surface."),
                [.. outside.SelectMany(c => c.Rows)]);
        }

        foreach (var law in laws)
        {
            if (law.LeaveOneOutError is { } error && error > Math.Log(1.5))
            {
                yield return new FitWarning("optimum-foretells-badly", Invariant(
                    $"Predicted from the others, a cell's own best {law.Quantity} is missed by a factor of {Math.Exp(error):F2} (root mean square): ",
                    $"do not extrapolate it far."));
            }

            if (law is { ParametersInterval95: { Low: < 0, High: > 0 } }
                and { TokensInterval95: { Low: < 0, High: > 0 } })
            {
                yield return new FitWarning("optimum-flat", Invariant(
                    $"Neither exponent of {law.Quantity} differs clearly from zero: over these cells a constant would do as well."));
            }
        }
    }
}
