using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>
/// Sweeps with the measured losses of the quickstart trial, so that fits and figures are tried on what real runs look
/// like.</summary>
internal static class Sweeps
{
    private static readonly (int Width, double Budget, double[] Losses)[] Trial =
    [
        (12, 1e11, [3.836]),
        (16, 1e11, [3.744, 3.722]), (16, 2.5e11, [3.597, 3.564]),
        (24, 1e11, [3.692, 3.707]), (24, 2.5e11, [3.425, 3.447]), (24, 6e11, [3.211, 3.221]),
        (32, 1e11, [3.712, 3.733]), (32, 2.5e11, [3.421, 3.415]), (32, 6e11, [3.101, 3.143]),
            (32, 1.5e12, [2.910, 2.918]),
        (48, 1e11, [3.853, 3.864]), (48, 2.5e11, [3.463, 3.476]), (48, 6e11, [3.091, 3.088]),
            (48, 1.5e12, [2.824, 2.820]),
        (64, 2.5e11, [3.675, 3.717]), (64, 6e11, [3.230, 3.263]), (64, 1.5e12, [2.855, 2.840]),
        (80, 1.5e12, [2.933]),
        (96, 6e11, [3.575, 3.573]), (96, 1.5e12, [2.990, 3.025]),
    ];

    public static DataSummary Data { get; } = new()
    {
        Corpus = "dotnet-docs",
        CorpusHash = new string('a', 64),
        Tokenizer = "byte-level BPE",
        TokenizerHash = new string('b', 64),
        Vocabulary = 1024,
        Documents = 15_000,
        TrainTokens = 3_140_000,
        ValidationTokens = 170_000,
        BytesPerToken = 3.05,
        Split = "5 % of the documents held out by the SHA-256 of their name",
    };

    /// <summary>The trial's 38 runs over 4 budgets and 8 sizes, all completed unless said.</summary>
    public static SweepResults Quickstart(Func<RunRecord, RunRecord>? change = null,
        string? question = "Where is the optimum?") => new(
        "quickstart", question, """{ "name": "quickstart", "seeds": [1, 2] }""",
        [.. Trial.SelectMany(t => t.Losses.Select((loss, i) => Completed(Cell(t.Width, t.Budget, i + 1), loss)))
            .Select(r =>
            change?.Invoke(r) ?? r)],
        Data, "experiments/quickstart/grid.json");

    /// <summary>Few draws: the intervals' width is no business of these tests.</summary>
    public static ReportOptions Quick { get; } = new() { BootstrapDraws = 40 };

    public static SweepCell Cell(int width, double? budget, int seed, params RecipeChoice[] varies)
    {
        var preset = ModelPresets.All.First(p => p.Width == width);
        var shape = preset.Shape(1024);
        var tokens = (budget ?? 6e11) / FlopCount.For(shape).PerToken;
        var batch = tokens < 3e5 ? 8 : 16; // the trial's own
        var spec = new RunSpec
        {
            Shape = shape,
            Data = new DataIdentity("dotnet-docs", Data.CorpusHash!, Data.TokenizerHash!),
            Steps = (long)Math.Round(tokens / (batch * shape.Context)),
            Recipe =
                new TrainingRecipe { BatchSequences = batch, LearningRateMax = 0.02 * Math.Pow(32.0 / width, 2.0 / 3) },
            Seed = seed,
        };
        return new SweepCell(spec, preset.Name, budget, varies);
    }

    public static RunRecord Completed(SweepCell cell, double loss)
    {
        var tokensPerSecond = 2e9 / FlopCount.For(cell.Spec.Shape).PerToken;
        return new RunRecord
        {
            Cell = cell,
            State = RunState.Completed,
            Attempts = 1,
            Result = new RunResult
            {
                LossValidation = loss,
                BitsPerByte = loss / Math.Log(2) / 3.05,
                EvaluationTokens = 65_536,
                Epochs = cell.Spec.Tokens / 3.14e6,
                WallSeconds = cell.Spec.Tokens / tokensPerSecond,
                TokensPerSecond = tokensPerSecond,
                PeakMemoryBytes = 210_000_000,
                Device = "AMD EPYC (1 thread)",
                Threads = 1,
            },
            Points = [.. Curve(cell.Spec, loss)],
        };
    }

    public static RunRecord Ended(RunRecord run, RunState state, FailureKind? failure = null) =>
        run with { State = state, Result = null, Failure = failure, Points = [] };

    /// <summary>
    /// A curve that falls as a power of the step from ln(vocabulary) to the loss, with the noise of a small batch.
    /// </summary>
    private static IEnumerable<MetricPoint> Curve(RunSpec spec, double loss)
    {
        var noise = new Random(spec.Seed * 1000 + spec.Shape.Width);
        for (var i = 1; i <= 60; i++)
        {
            var step = Math.Max(1, spec.Steps * i / 60);
            var left = Math.Pow((double)step / spec.Steps, -0.25) - 1;
            var mean = Math.Min(loss + (0.9 * left), Math.Log(1024));
            yield return new MetricPoint(
                step, step * spec.BatchTokens, mean + (0.05 * (noise.NextDouble() - 0.5)), i % 12 == 0 ? mean : null,
                1e-3, 0.4 +
                    noise.NextDouble());
        }
    }
}
