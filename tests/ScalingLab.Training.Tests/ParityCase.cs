using System.Runtime.InteropServices;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Training.Parameters;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

/// <summary>
/// Steps of training that an independent implementation (tests/parity) made in float64, and what they gave: a file
/// holds a list of them. Weights and tokens are made here again, from integers, as tests/parity/reference_model.py
/// makes them.
/// </summary>
public sealed record ParityCase(
    string Name, ModelShape Shape, TrainingRecipe Recipe, int Steps, IReadOnlyList<double> Losses,
    IReadOnlyList<double> GradientNorms)
{
    public static IReadOnlyList<ParityCase> Read(string file) =>
        RunJson.Deserialize<List<ParityCase>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "parity", file)));

    /// <summary>Loss and gradient norm of each step, by the worker's own step in fp32.</summary>
    public IReadOnlyList<(double Loss, double GradientNorm)> Train(int microBatchTokens = 16_384)
    {
        var spec =
            new RunSpec
            { Shape = Shape, Recipe = Recipe, Data = new DataIdentity("parity", "", ""), Steps = Steps, Seed = 1 };
        using var training = new TrainingStep(
            spec, new WorkerSettings
            { DataFolder = "", CheckpointFolder = "", Threads = 1, MicroBatchTokens = microBatchTokens });
        Begin(training);
        return [.. Enumerable.Range(0, Steps).Select(step => training.Run(step, Tokens))];
    }

    /// <summary>Fills the weights: matrices uniform of variance 1 / columns, gains 1 +- 0.2, biases +- 0.1.</summary>
    private void Begin(TrainingStep training)
    {
        var master = MemoryMarshal.Cast<byte, float>(training.State[0].bytes);
        var offset = 0;
        foreach (var spec in ParameterSpec.For(Shape))
        {
            var key = KeyOf(spec.Name);
            for (var i = 0; i < spec.Count; i++)
            {
                var value = (2 * Unit(key, i)) - 1;
                master[offset++] = (float)(spec.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0.1 * value
                    : spec.Decays ? value * Math.Sqrt(3.0 / spec.Dimensions[1])
                    : 1 + (0.2 * value));
            }
        }

        training.OnStateLoaded();
    }

    /// <summary>Counting in strides of 1 to 3 from somewhere, modulo the vocabulary.</summary>
    private void Tokens(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        for (var s = 0; s < sequences; s++)
        {
            var start = (long)(Unit(KeyOf("start"), firstSequence + s) * Shape.Vocabulary);
            var stride = 1 + (long)(Unit(KeyOf("stride"), firstSequence + s) * 3);
            for (var t = 0; t < Shape.Context; t++)
            {
                inputs[(s * Shape.Context) + t] = (start + (stride * t)) % Shape.Vocabulary;
                targets[(s * Shape.Context) + t] = (start + (stride * (t + 1))) % Shape.Vocabulary;
            }
        }
    }

    /// <summary>FNV-1a, 64 bits, of an ASCII text.</summary>
    private static ulong KeyOf(string text) =>
        text.Aggregate(0xCBF29CE484222325UL, (key, letter) => unchecked((key ^ letter) * 0x100000001B3UL));

    /// <summary>A number in [0, 1) for a key and an index: 53 bits of a 64-bit mix.</summary>
    private static double Unit(ulong key, long index)
    {
        unchecked
        {
            var h = key + ((ulong)(index + 1) * 0x9E3779B97F4A7C15UL);
            h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9UL;
            h = (h ^ (h >> 27)) * 0x94D049BB133111EBUL;
            return ((h ^ (h >> 31)) >> 11) / 9007199254740992.0;
        }
    }
}
