using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Compares two forms of one function, outputs and gradients, within what the type can hold.</summary>
internal static class Agreement
{
    public static void Check(ScalarType type, Tensor[] inputs, Func<Tensor[], Tensor> fused,
        Func<Tensor[], Tensor> composite)
    {
        using var scope = NewDisposeScope();
        var tolerance = type switch { ScalarType.Float64 => 1e-10, ScalarType.BFloat16 => 3e-2, _ => 2e-5 };
        var (output, gradients) = Run(inputs, fused);
        // The twin of bfloat16 works in float: both then differ from the truth by rounding alone.
        var reference = type == ScalarType.BFloat16 ? inputs.Select(x => x.to(ScalarType.Float32)).ToArray() : inputs;
        var (expected, expectedGradients) = Run(reference, composite);
        Assert.Equal(type, output.dtype);
        Close("output", output, expected, tolerance);
        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.Equal(type, gradients[i].dtype);
            Close($"gradient {i}", gradients[i], expectedGradients[i], tolerance);
        }
    }

    private static void Close(string what, Tensor found, Tensor expected, double tolerance)
    {
        Assert.Equal(expected.shape, found.shape);
        var difference = (found.to(ScalarType.Float64) - expected.to(ScalarType.Float64)).abs().max().ToDouble();
        var size = Math.Max(1, expected.abs().max().to(ScalarType.Float64).ToDouble());
        Assert.True(difference <= tolerance * size, $"{what}: differs by {difference:g3} of {size:g3}");
    }

    private static (Tensor Output, Tensor[] Gradients) Run(Tensor[] inputs, Func<Tensor[], Tensor> function)
    {
        var leaves = inputs.Select(x => x.detach().clone().requires_grad_()).ToArray();
        var output = function(leaves);
        // A fixed weight a place, so that no gradient vanishes by symmetry.
        var weights = arange(output.numel(), ScalarType.Float64).sin().reshape(output.shape).to(output.dtype);
        (output * weights).sum().backward();
        return (output.detach(), leaves.Select(x => x.grad!).ToArray());
    }
}
