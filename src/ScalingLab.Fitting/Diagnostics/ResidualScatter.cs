using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Numerics;

namespace ScalingLab.Fitting.Diagnostics;

/// <summary>
/// How far runs usually lie off the parametric law, and which lie farther. Errors are ln(predicted) - ln(observed).
/// </summary>
internal sealed class ResidualScatter
{
    public const int OutlierScatters = 6;

    /// <summary>Errors below this are rounding.</summary>
    public const double Rounding = 1e-6;

    // A rung is off when its median lies this many times farther out than rungs' medians do.
    private const int SizeScatters = 5;

    // Sizes within 1 % are one rung: parameters read off a figure differ in their digits.
    private const double SameSize = 1.01;

    // The median size of a normal error, and of its median over n: sqrt(pi / 2) / sqrt(n) standard deviations.
    private const double MedianSize = 0.6745;
    private const double MedianSpread = 1.2533;

    private readonly IReadOnlyList<FitResidual> _residuals;
    private readonly double[] _errors;

    public ResidualScatter(IReadOnlyList<FitResidual> residuals)
    {
        _residuals = residuals;
        _errors = [.. residuals.Select(one => Math.Log(one.Predicted / one.Loss))];
        Scatter = Medians.Median(_errors.Select(Math.Abs)) / MedianSize;
        MeanAbsoluteError = _errors.Average(Math.Abs);
    }

    /// <summary>Standard deviation of a normal with the errors' median size.</summary>
    public double Scatter { get; }

    public double MeanAbsoluteError { get; }

    public IReadOnlyList<OutlierRun> OutlierRuns() =>
        [.. _residuals.Select((one, index) =>
            new OutlierRun(one.Row, one.Label, _errors[index], _errors[index] / Scatter))
            .Where(run => Math.Abs(run.Error) > Math.Max(OutlierScatters * Scatter, Rounding))];

    /// <summary>
    /// Sizes with at least two runs, all on one side of the law, whose median lies far outside those of the other
    /// sizes.
    /// </summary>
    public IReadOnlyList<OutlierSize> OutlierSizes()
    {
        var rungs = Sizes();
        if (rungs.Count < 4)
            return [];
        double[] medians = [.. rungs.Select(rung => Medians.Median(rung.Select(index => _errors[index])))];
        var between = Medians.Median(medians.Select(Math.Abs)) / MedianSize;
        var off = new List<OutlierSize>();
        foreach (var (rung, median) in rungs.Zip(medians))
        {
            var spread = Math.Max(between, MedianSpread * Scatter / Math.Sqrt(rung.Count));
            if (rung.Count > 1 && Math.Abs(median) > Math.Max(SizeScatters * spread, Rounding)
                && rung.All(index => Math.Sign(_errors[index]) == Math.Sign(median)))
            {
                off.Add(new OutlierSize(
                    _residuals[rung[0]].Parameters, rung.Count, median, median / spread,
                    [.. rung.Select(index => _residuals[index].Row).Order()]));
            }
        }

        return off;
    }

    private List<List<int>> Sizes()
    {
        var rungs = new List<List<int>>();
        var last = 0.0;
        foreach (var index in Enumerable.Range(0, _residuals.Count).OrderBy(index => _residuals[index].Parameters))
        {
            var size = _residuals[index].Parameters;
            if (size > last * SameSize)
                rungs.Add([]);
            rungs[^1].Add(index);
            last = size;
        }

        return rungs;
    }
}
