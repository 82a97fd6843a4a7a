using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;
using ScalingLab.Torch;
using ScalingLab.Training.Steps;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>The fused kernels of a CUDA device against the truth, and runs through them against runs without.</summary>
internal static class KernelReport
{
    private const int Steps = 200;
    private const int Vocabulary = 512;

    private sealed record Case(string Name, ModelShape Shape, TrainingRecipe Recipe, bool In8Bits = false);

    private static readonly ModelShape Small =
        new() { Layers = 2, Width = 128, Heads = 2, Vocabulary = Vocabulary, Context = 128 };

    private static readonly TrainingRecipe Usual = new() { BatchSequences = 16, LearningRateMax = 1e-3 };

    private static Case[] Cases =>
    [
        new("adamw, rms, gelu, rotary", Small with { Layers = 4, Width = 256, Heads = 4, Context = 256 }, Usual,
            In8Bits: true),
        new("adamw, layer, relu2, rotary", Small with { Norm = NormKind.Layer, Mlp = MlpKind.Relu2 }, Usual),
        new("adamw, rms, swiglu, rotary", Small with { Mlp = MlpKind.Swiglu }, Usual),
        new("adamw, layer, gelu, learned, biases, tied", Small with
        {
            Norm = NormKind.Layer, Positions = PositionKind.Learned, Biases = true, Head = HeadKind.Tied,
        }, Usual),
        new("adamw, rms, gelu, rotary, qk norm", Small with { QkNorm = true }, Usual),
        new("adamw, rms, swiglu, rotary, grouped keys",
            Small with { Heads = 4, HeadsPerGroup = 2, Mlp = MlpKind.Swiglu }, Usual),
        new("adamw, rms, gelu, alibi", Small with { Positions = PositionKind.Alibi }, Usual),
        new("adamw, layer, alibi, qk norm, grouped, biases", Small with
        {
            Norm = NormKind.Layer, Positions = PositionKind.Alibi, QkNorm = true, Heads = 4, HeadsPerGroup = 4,
                Biases = true,
        }, Usual),
        new("z-loss, soft cap", Small with { LogitSoftCap = 5 }, Usual with { ZLoss = 1e-2 }, In8Bits: true),
        new("norms after", Small with { NormPlacement = NormPlacement.Post }, Usual),
        new("norms after, layer, biases, swiglu, tied", Small with
        {
            NormPlacement = NormPlacement.Post, Norm = NormKind.Layer, Biases = true, Mlp = MlpKind.Swiglu,
                Head = HeadKind.Tied,
        }, Usual),
        new("embedding of 48", Small with { EmbeddingWidth = 48 }, Usual, In8Bits: true),
        new("embedding of 40, norms after, biases, learned", Small with
        {
            EmbeddingWidth = 40, NormPlacement = NormPlacement.Post, Biases = true, Positions = PositionKind.Learned,
        }, Usual),
        new("batch that grows", Small,
            Usual with { BatchSequences = 24, BatchWarmupFraction = 0.5, BatchWarmupStart = 0.1 }, In8Bits: true),
        .. Enum.GetValues<OptimizerKind>().Where(kind => kind != OptimizerKind.Adamw).Select(kind =>
        {
            var usual = OptimizerDefaults.For(kind);
            // LAMB's step is a share of each tensor's norm: at 1e-3 it hardly moves in so few steps
            var rate = kind == OptimizerKind.Lamb ? 5e-3 : 1e-3;
            return new Case($"{kind.ToString().ToLowerInvariant()}, rms, gelu, rotary", Small, Usual with
            {
                Optimizer = kind, LearningRateMax = rate * usual.LearningRateScale, Beta1 = usual.Beta1,
                    Beta2 = usual.Beta2, Epsilon = usual.Epsilon,
                WeightDecay = usual.WeightDecay,
            });
        }),
    ];

    /// <summary>
    /// Prints each kernel's largest errors and the distance of loss curves; exit code 1 when one is too far, 2 without
    /// such a device.
    /// </summary>
    /// <param name="protocol">Where the table goes.</param>
    /// <param name="curves">Whether the runs are made too.</param>
    public static int Run(MessageChannel protocol, bool curves = true)
    {
        if (!torch.cuda.is_available() || !CudaBlocks.AreSupported(torch.device("cuda:0")))
        {
            Console.Error.WriteLine("there is no CUDA device with bfloat16, or the shim was built without CUDA: there "
                + "are no fused kernels to check");
            return 2;
        }

        var begun = Stopwatch.GetTimestamp();
        var seed = Random.Shared.Next();
        void Say(FormattableString line) => protocol.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        var errors = new List<KernelError>();
        foreach (var error in KernelCheck.Run(torch.device("cuda:0"), seed))
        {
            if (errors.Count == 0 || errors[^1].Kernel != error.Kernel)
                Console.Error.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s: {error.Kernel}"));
            errors.Add(error);
        }

        Say($"|found - float64| / |float64|, seed {seed}; of each kernel the result that is nearest to its limit or beyond it");
        Say($"     {"kernel",-32} {"type",-9} {"results",7} {"failed",6} {"error",8} {"limit",8}  where");
        foreach (var group in errors.GroupBy(e => (e.Kernel, e.Type)))
        {
            var (worst, failed) = (group.MaxBy(Severity)!, group.Count(e => !e.Passes));
            var verdict = failed == 0 ? "ok  " : "FAIL";
            Say($"{verdict} {worst.Kernel,-32} {worst.Type,-9} {group.Count(),7} {failed,6} {worst.Error,8:0.0e+00} {worst.Allowed,8:0.0e+00}  {Where(worst)}");
        }

        var runs = 0;
        var apart = 0;
        if (curves)
        {
            Say($"{Steps} steps; largest relative distance of a loss from the composite path's");
            Say($"     {"run",-45} {"type",-5} {"first",7} {"last",7} {"fused",8} {"graph",8} {"again",8} {"limit",8}");
            foreach (var one in Cases)
            {
                foreach (var precision in (Precision[])[Precision.Fp32, Precision.Bf16, Precision.Fp8Head])
                {
                    if (precision == Precision.Fp8Head && !one.In8Bits) continue;
                    runs++;
                    if (!Curves(Say, one, precision)) apart++;
                }
            }
        }

        var wrong = errors.Count(e => !e.Passes);
        Say($"{errors.Count} results, {wrong} failed; {runs} runs, {apart} too far; {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
        return wrong + apart == 0 ? 0 : 1;
    }

    /// <summary>By how much of what is allowed, failures first.</summary>
    private static double Severity(KernelError error)
    {
        if (double.IsNaN(error.Error)) return double.PositiveInfinity;
        return error.Allowed > 0 ? error.Error / error.Allowed : error.Error > 0 ? double.MaxValue : 0;
    }

    private static string Where(KernelError error) => $"{error.Result}; {error.Shape}";

    /// <summary>
    /// The same steps by every path; again: the composite path once more, whose sums may come in another order.
    /// </summary>
    private static bool Curves(Action<FormattableString> say, Case one, Precision precision)
    {
        var problems = new List<string>();
        double[] Of(CudaStepMode path)
        {
            try
            {
                return Losses(one, precision, path);
            }
            catch (Exception e) when (TorchErrors.IsAny(e))
            {
                problems.Add($"{path} did not run: {e.Message.ReplaceLineEndings(" ")}");
                return [double.NaN];
            }
        }

        static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y) / y).Max();
        var (composite, again, fused, graph) =
            (Of(CudaStepMode.Composite), Of(CudaStepMode.Composite), Of(CudaStepMode.Fused), Of(CudaStepMode.Graph));
        var (ours, captured, limit) =
            (Distance(fused, composite), Distance(graph, composite), precision == Precision.Fp32 ? 2e-3 : 2e-2);
        var verdict = ours <= limit && captured <= limit ? "ok  " : "FAIL";
        var losses = string.Create(CultureInfo.InvariantCulture, $"{composite[0],7:0.0000} {composite[^1],7:0.0000}");
        say($"{verdict} {one.Name,-45} {precision,-5} {losses} {ours,8:0.0e+00} {captured,8:0.0e+00} {Distance(again, composite),8:0.0e+00} {limit,8:0.0e+00}");
        foreach (var problem in problems) say($"     {problem}");
        return ours <= limit && captured <= limit;
    }

    private static double[] Losses(Case one, Precision precision, CudaStepMode path)
    {
        var spec = new RunSpec
        {
            Shape = one.Shape,
            Data = new DataIdentity("made up", "", ""),
            Steps = Steps,
            Recipe = one.Recipe with { Precision = precision },
            Seed = 1,
        };
        var settings = new WorkerSettings
        {
            DataFolder = "", CheckpointFolder = "", Device = "cuda:0", Cuda = path,
                MicroBatchTokens = spec.BatchTokens > 2048 ? 2048 : 1024,
        };
        void Read(long first, int sequences, Span<long> inputs, Span<long> targets) =>
            SyntheticText.Fill(Vocabulary, first, sequences, inputs, targets);
        using var training = new TrainingStep(spec, settings);
        for (var step = 0; step < Steps; step++) training.Enqueue(step, Read);
        return [.. training.Drain().Select(numbers => numbers.Loss)];
    }
}
