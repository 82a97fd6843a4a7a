using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Performance;

/// <summary>A run whose parts were timed on a processor.</summary>
/// <param name="Spec">The run.</param>
/// <param name="MicroBatchTokens">Most tokens of a forward and backward pass.</param>
/// <param name="Timing">What its parts took.</param>
public sealed record TimedRun(RunSpec Spec, long MicroBatchTokens, ShapeTiming Timing);

/// <summary>
/// Makes a <see cref="ProcessorModel"/> from timed runs as <see cref="Calibrator"/> makes one of a GPU: shares by least
/// squares of relative errors; errors by leaving each shape out.
/// </summary>
public static class ProcessorCalibrator
{
    /// <summary>Fewer shapes than this say nothing of how far it is off.</summary>
    public const int LeastShapes = 6;

    private const double Pull = 1e-4;
    private static readonly double[] Guess = [1.5, 3, 1, 1, 1, 50, 50, 1];
    private static readonly double[] Scale = [1.5, 3, 1, 1, 1, 100, 100, 1];
    private static readonly double[] SetupGuess = [0.05, 2e-8]; // seconds; seconds a parameter
    private static readonly double[] MemoryGuess = [2e8, 0]; // bytes; bytes a parameter
    private static readonly double[] MemoryScale = [2e8, 20];

    /// <summary>
    /// The model of runs by one engine in one number format.
    /// </summary>
    /// <param name="runs">The runs in the order of each worker; a worker's first is its process's first too.</param>
    /// <param name="load">Threads and workers.</param>
    /// <param name="now">When they were timed.</param>
    /// <exception cref="InputException">They are too few shapes.</exception>
    public static ProcessorModel Calibrate(IReadOnlyList<TimedRun> runs, ProcessorLoad load, DateTimeOffset now)
    {
        var shapes = runs.GroupBy(run => (run.Spec.Shape, run.Spec.Recipe.BatchSequences)).ToList();
        if (shapes.Count < LeastShapes)
            throw new InputException("shapes", $"are {shapes.Count}; at least {LeastShapes} are needed");
        var first = runs[0].Timing;
        var rates = new ProcessorRates(Median(runs.Select(run => run.Timing.Rates.FlopsPerSecond)),
            Median(runs.Select(run => run.Timing.Rates.BytesPerSecond)));
        List<TimedRun> each = [.. shapes.Select(shape => shape.First() with { Timing = Middle(shape) })];
        var step = FitStep(each, rates);
        List<TimedShape> errors = [.. each.Select(one =>
        {
            var others = FitStep([.. each.Where(other => other != one)], rates);
            var (shape, seconds) = (one.Spec.Shape, one.Timing.StepSeconds);
            return new TimedShape(shape.Layers, shape.Width, shape.Heads, shape.Vocabulary, shape.Context,
                one.Spec.BatchTokens, seconds, seconds / others.Seconds(StepOf(one), rates.FlopsPerSecond,
                    rates.BytesPerSecond));
        })];
        return new ProcessorModel(first.Device, first.Engine, first.EngineVersion, runs[0].Spec.Recipe.Precision, load,
            now, rates, step, FitEvaluation(each, rates), Beside(runs, each),
            ErrorRange.Of([.. errors.Select(one => (one.Time, 1.0))])!, errors) { Memory = Memory(runs) };
    }

    private static ShapeTiming Middle(IEnumerable<TimedRun> same)
    {
        List<ShapeTiming> all = [.. same.Select(run => run.Timing)];
        double Of(Func<ShapeTiming, double> part) => all.Average(part);
        return all[0] with
        {
            StepSeconds = Of(one => one.StepSeconds), EvaluationSeconds = Of(one => one.EvaluationSeconds),
            SetupSeconds = all.Min(one => one.SetupSeconds),
            CheckpointSeconds = Median(all.Select(one => one.CheckpointSeconds ?? 0)),
        };
    }

    private static StepWork StepOf(TimedRun run) => StepWork.OnProcessor(run.Spec, run.MicroBatchTokens);

    private static StepShares FitStep(IReadOnlyList<TimedRun> runs, ProcessorRates rates) =>
        Fit(runs, StepOf, run => run.Timing.StepSeconds, rates);

    private static StepShares FitEvaluation(IReadOnlyList<TimedRun> runs, ProcessorRates rates) =>
        Fit(runs, run => StepWork.Evaluation(run.Spec, run.MicroBatchTokens, run.Timing.EvaluationTokens),
            run => run.Timing.EvaluationSeconds, rates);

    private static StepShares Fit(IReadOnlyList<TimedRun> runs, Func<TimedRun, StepWork> work,
        Func<TimedRun, double> seconds, ProcessorRates rates) =>
        StepShares.From(Solve(runs, run => StepShares.Terms(work(run), rates.FlopsPerSecond, rates.BytesPerSecond),
            seconds, Guess, Scale));

    private static double[] Solve(IReadOnlyList<TimedRun> runs, Func<TimedRun, double[]> terms,
        Func<TimedRun, double> seconds, double[] guess, double[] scale) =>
        RidgeFit.Solve([.. runs.Select(run => (double[])[.. terms(run).Select(term => term / seconds(run))])],
            [.. runs.Select(_ => 1.0 / runs.Count)], guess, scale, Pull);

    // A process's first run is timed again later in it: what it took more was the process's.
    private static BesideSteps Beside(IReadOnlyList<TimedRun> runs, IReadOnlyList<TimedRun> each)
    {
        var setup = Solve(each, Whole, run => Math.Max(1e-3, run.Timing.SetupSeconds), SetupGuess, SetupGuess);
        var checkpoint = Solve(each, Whole, run => Math.Max(1e-3, run.Timing.CheckpointSeconds ?? 0), SetupGuess,
            SetupGuess);
        var fresh = runs.MinBy(run => run.Timing.SinceStartSeconds)!;
        var start = fresh.Timing.SinceStartSeconds - fresh.Timing.StepSeconds - setup[0]
            - (setup[1] * Whole(fresh)[1]);
        return new BesideSteps(Math.Max(0, start), setup[0], setup[1], checkpoint[0], checkpoint[1]);
    }

    private static ProcessMemory? Memory(IReadOnlyList<TimedRun> runs)
    {
        if (runs.Any(run => run.Timing.PeakBytes is null)) return null;
        double Beside(TimedRun run) => Math.Max(1, run.Timing.PeakBytes!.Value
            - MemoryEstimate.For(run.Spec, (int)run.MicroBatchTokens, "cpu").Counted);
        var fitted = Solve(runs, Whole, Beside, MemoryGuess, MemoryScale);
        return new ProcessMemory(fitted[0], fitted[1]);
    }

    private static double[] Whole(TimedRun run) => [1, ParameterCount.For(run.Spec.Shape).Total];

    private static double Median(IEnumerable<double> values) =>
        ErrorRange.Quantile([.. values.Select(value => (value, 1.0))], 0.5);
}
