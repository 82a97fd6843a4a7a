using ScalingLab.Runs;

namespace ScalingLab.Training;

/// <summary>One tensor of the model: its name, its shape, how it begins, and whether weight decay reaches it.</summary>
/// <param name="Name">Dotted name, e.g. "blocks.0.attention.qkv".</param>
/// <param name="Dimensions">Sizes, outermost first; a matrix is [out, in].</param>
/// <param name="InitialStd">Standard deviation of the normal initialisation; 0 for all zeros; null for all ones (norm gains).</param>
public sealed record ParameterSpec(string Name, long[] Dimensions, double? InitialStd)
{
    /// <summary>Number of values.</summary>
    public long Count { get; } = Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>Matrices are decayed, vectors are not.</summary>
    public bool Decays => Dimensions.Length >= 2;

    /// <summary>
    /// Every tensor of a model of that shape, in a fixed order: matrices, then vectors. Linear layers begin with std fan_in^(-1/2);
    /// those that write into the residual stream are divided by sqrt(2 layers) (GPT-2); the token embedding has std 1, an untied head is zero,
    /// so the first loss is exactly ln(vocabulary); a tied embedding has std width^(-1/2).
    /// </summary>
    public static IReadOnlyList<ParameterSpec> Of(ModelShape shape)
    {
        long d = shape.Width, hidden = shape.HiddenWidth;
        var linear = 1 / Math.Sqrt(d);
        var residual = 1 / Math.Sqrt(2.0 * shape.Layers);
        var specs = new List<ParameterSpec>
        {
            new("embedding", [shape.Vocabulary, d], shape.Head == HeadKind.Tied ? linear : 1),
        };
        if (shape.Positions == PositionKind.Learned) specs.Add(new("positions", [shape.Context, d], shape.Head == HeadKind.Tied ? linear : 1));
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var block = $"blocks.{layer}.";
            specs.Add(new(block + "attention.norm", [d], null));
            specs.Add(new(block + "attention.qkv", [3 * d, d], linear));
            specs.Add(new(block + "attention.out", [d, d], linear * residual));
            specs.Add(new(block + "mlp.norm", [d], null));
            specs.Add(new(block + "mlp.up", [shape.Mlp == MlpKind.Swiglu ? 2 * hidden : hidden, d], linear));
            specs.Add(new(block + "mlp.down", [d, hidden], residual / Math.Sqrt(hidden)));
        }

        specs.Add(new("norm", [d], null));
        if (shape.Head == HeadKind.Untied) specs.Add(new("head", [shape.Vocabulary, d], 0));
        return [.. specs.OrderBy(spec => !spec.Decays)]; // matrices first (the order is stable), so that the optimizer sees two ranges
    }
}
