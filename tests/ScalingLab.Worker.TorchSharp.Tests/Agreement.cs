namespace ScalingLab.Worker.TorchSharp.Tests;

/// <summary>Compares two forms of one function, outputs and gradients: the plain one computes in float64.</summary>
internal static class Agreement
{
    // Of the largest number of a tensor: a few units in the last place of what the type holds.
    private const double Float32 = 1e-5;
    private const double BFloat16 = 1e-2;

    /// <param name="inputs">In the fused form's type.</param>
    /// <param name="fused">The fused form.</param>
    /// <param name="plain">Its twin; gets the same numbers as float64.</param>
    public static void Check(Tensor[] inputs, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> plain)
    {
        using var scope = NewDisposeScope();
        var type = inputs[0].dtype;
        var (output, gradients) = Run(inputs, fused);
        var (expected, expectedGradients) = Run([.. inputs.Select(x => x.to(ScalarType.Float64))], plain);
        Close("output", output, expected, type);
        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.Equal(inputs[i].dtype, gradients[i].dtype);
            Close($"gradient {i}", gradients[i], expectedGradients[i], type);
        }
    }

    public static void Close(string what, Tensor found, Tensor expected, ScalarType type)
    {
        Assert.Equal(expected.shape, found.shape);
        var difference = (found.to(ScalarType.Float64) - expected.to(ScalarType.Float64)).abs().max().item<double>();
        var size = expected.to(ScalarType.Float64).abs().max().item<double>();
        var allowed = (type == ScalarType.BFloat16 ? BFloat16 : Float32) * Math.Max(1e-3, size);
        Assert.True(difference <= allowed,
            FormattableString.Invariant($"{what}: differs by {difference:g3} of {size:g3}"));
    }

    private static (Tensor Output, Tensor[] Gradients) Run(Tensor[] inputs, Func<Tensor[], Tensor> function)
    {
        var leaves = inputs.Select(x => x.detach().clone().requires_grad_(true)).ToArray();
        var output = function(leaves);
        // A weight of its own for each place, so that no gradient vanishes by symmetry.
        var weights = arange(output.numel(), dtype: ScalarType.Float64).sin().reshape(output.shape).to(output.dtype);
        (output * weights).sum().backward();
        return (output.detach(), [.. leaves.Select(x => x.grad!)]);
    }
}
