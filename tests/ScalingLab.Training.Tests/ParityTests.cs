using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

/// <summary>
/// Twenty steps beside an independent implementation in float64 (tests/parity/optimizers.py says how its file was
/// made).
/// </summary>
public class ParityTests
{
    private const int Vocabulary = 61;

    private static readonly ModelShape Shape =
        new() { Layers = 2, Width = 16, Heads = 2, Vocabulary = Vocabulary, Context = 12, Mlp = MlpKind.Swiglu };

    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "parity", "optimizers.json"))).RootElement;

    public static TheoryData<string> Names => [.. Cases.EnumerateObject().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Twenty_steps_have_the_losses_gradient_norms_and_learning_rates_of_an_independent_implementation(
        string name)
    {
        var reference = Cases.GetProperty(name);
        double[] losses = Numbers("losses"), norms = Numbers("gradientNorms"), rates = Numbers("learningRates");
        var spec = new RunSpec
        {
            Shape = Shape,
            Data = new DataIdentity("parity", "c0", "t0"),
            Steps = losses.Length,
            Recipe = RecipeOf(reference.GetProperty("recipe")),
            Seed = 1,
        };
        using var training = new TrainingStep(spec, new WorkerSettings { DataFolder = "", CheckpointFolder = "" });
        Begin(training.State[0]);
        for (var step = 0; step < losses.Length; step++)
        {
            Assert.Equal(rates[step], LearningRateSchedule.At(spec.Recipe, step, spec.Steps), rates[step] * 1e-12);
            var (loss, norm) = training.Run(step, Read);
            Near(losses[step], loss, $"loss of step {step}");
            Near(norms[step], norm, $"gradient norm of step {step}", 1e-4);
        }

        double[] Numbers(string field) => [.. reference.GetProperty(field).EnumerateArray().Select(x => x.GetDouble())];
    }

    private static void Near(double expected, double found, string what, double relative = 1e-5) =>
        Assert.True(Math.Abs(found - expected) <= relative * Math.Abs(expected),
            $"{what}: {found:R}, expected {expected:R}");

    private static TrainingRecipe RecipeOf(JsonElement json)
    {
        double Number(string field, double missing = 0) =>
            json.TryGetProperty(field, out var x) ? x.GetDouble() : missing;
        T Word<T>(string field)
            where T : struct, Enum =>
                json.TryGetProperty(field, out var x) ? RunJson.Deserialize<T>(x.GetRawText()) : default;
        return new TrainingRecipe
        {
            BatchSequences = 4,
            LearningRateMax = Number("learningRateMax"),
            Optimizer = Word<OptimizerKind>("optimizer"),
            Schedule = Word<ScheduleKind>("schedule"),
            Cooldown = Word<CooldownKind>("cooldown"),
            CooldownFraction = Number("cooldownFraction", 0.2),
            Cycle = Number("cycle", 1),
            WarmupSteps = (long)Number("warmupSteps"),
            BatchWarmupFraction = Number("batchWarmupFraction"),
            BatchWarmupStart = Number("batchWarmupStart", 0.25),
            LearningRateFinalFraction = Number("finalFraction"),
            Beta1 = Number("beta1"),
            Beta2 = Number("beta2"),
            Epsilon = Number("epsilon"),
            WeightDecay = Number("weightDecay"),
            GradientClip = Number("gradientClip"),
        };
    }

    /// <summary>The weights that the reference begins with.</summary>
    private static void Begin(Tensor master)
    {
        var spread = new Dictionary<string, double>
        {
            ["embedding"] = 1, ["head"] = 0.2, ["qkv"] = 0.25, ["out"] = 0.125, ["up"] = 0.25, ["down"] = 0.07,
        };
        var values = new List<float>();
        foreach (var spec in ParameterSpec.For(Shape))
        {
            for (var i = 0; i < spec.Count; i++)
            {
                var noise = (2 * Noise(values.Count, 12.9898)) - 1;
                values.Add(
                    (float)(spec.Decays ? noise * Math.Sqrt(3) * spread[spec.Name.Split('.')[^1]] : 1 + (0.2 * noise)));
            }
        }

        using var quiet = no_grad();
        using var begin = tensor(values.ToArray());
        master.copy_(begin);
    }

    private static void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            for (var t = 0; t < Shape.Context; t++)
            {
                var place = ((firstSequence + sequence) * (Shape.Context + 1)) + t;
                inputs[(sequence * Shape.Context) + t] = Token(place);
                targets[(sequence * Shape.Context) + t] = Token(place + 1);
            }
        }
    }

    private static long Token(long place) =>
        Math.Min(Vocabulary - 1, (long)(Vocabulary * Math.Pow(Noise(place, 78.233), 2)));

    private static double Noise(long i, double turn)
    {
        var x = Math.Sin(turn * (i + 1)) * 43758.5453;
        return x - Math.Floor(x);
    }
}
