using ScalingLab.Runs.Models;

namespace ScalingLab.Training.Tests;

/// <summary>
/// Twenty steps of every kind of model against PyTorch's own modules in float64 (tests/parity/reference.py writes what
/// they gave).
/// </summary>
public sealed class ArchitectureParityTests
{
    private static readonly Dictionary<string, ParityCase> Cases = ParityCase.Read("architecture.json")
        .ToDictionary(c => c.Name);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Twenty_steps_are_those_of_the_reference(string name)
    {
        var reference = Cases[name];
        var steps = reference.Train();
        Assert.Equal(20, steps.Count);
        for (var step = 0; step < steps.Count; step++)
        {
            Assert.True(Near(reference.Losses[step], steps[step].Loss),
                $"loss of step {step}: {steps[step].Loss}, not {reference.Losses[step]}");
            // float32 after that many steps: a processor's order of sums shows
            Assert.True(Near(reference.GradientNorms[step], steps[step].GradientNorm, 3e-5),
                $"gradient norm of step {step}: {steps[step].GradientNorm}, not {reference.GradientNorms[step]}");
        }
    }

    [Theory]
    [InlineData("rotary")]
    [InlineData("z-loss")]
    [InlineData("albert-size")]
    public void They_are_the_same_in_micro_batches(string name)
    {
        var reference = Cases[name];
        var steps = reference.Train(microBatchTokens: reference.Shape.Context);
        Assert.All(reference.Losses.Zip(steps), pair => Assert.True(Near(pair.First, pair.Second.Loss)));
    }

    [Fact]
    public void Every_kind_of_position_norm_and_MLP_has_a_case()
    {
        Assert.Equal(Enum.GetValues<PositionKind>(), Cases.Values.Select(c => c.Shape.Positions).Distinct().Order());
        Assert.Equal(Enum.GetValues<MlpKind>(), Cases.Values.Select(c => c.Shape.Mlp).Distinct().Order());
        Assert.Equal(Enum.GetValues<HeadKind>(), Cases.Values.Select(c => c.Shape.Head).Distinct().Order());
        Assert.Equal(4, Cases.Values.Select(c => (c.Shape.Norm, c.Shape.NormPlacement)).Distinct().Count());
    }

    private static bool Near(double expected, double found, double share = 1e-5) =>
        Math.Abs(found - expected) <= share * Math.Abs(expected);
}
