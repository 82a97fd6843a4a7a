using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Training.Parameters;

/// <summary>One tensor of the model: its name, its shape, how it begins, and whether weight decay reaches it.</summary>
/// <param name="Name">Dotted name, e.g. "blocks.0.attention.qkv".</param>
/// <param name="Dimensions">Sizes, outermost first; a matrix is [out, in].</param>
/// <param name="InitialStd">Standard deviation of the normal initialisation; 0 for all zeros; null for all ones (norm
/// gains).</param>
public sealed record ParameterSpec(string Name, long[] Dimensions, double? InitialStd)
{
    /// <summary>Number of values.</summary>
    public long Count { get; } = Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>Matrices are decayed, vectors are not.</summary>
    public bool Decays => Dimensions.Length >= 2;

    /// <summary>What its learning rate is multiplied with.</summary>
    public double LearningRateScale(TrainingRecipe recipe) => Name switch
    {
        "embedding" or "positions" => recipe.EmbeddingRate,
        "head" => recipe.HeadRate,
        _ => Decays ? 1 : recipe.VectorRate,
    };

    /// <summary>
    /// Every tensor of a model of that shape, in a fixed order: matrices, then vectors. Linear layers begin with std
    /// fan_in^(-1/2); those that write into the residual stream are divided by sqrt(2 layers) (GPT-2); the token
    /// embedding has std 1, an untied head is zero, so the first loss is exactly ln(vocabulary); a tied embedding has
    /// std (its width)^(-1/2). Biases begin at zero, gains at one.
    /// </summary>
    /// <param name="shape">The shape.</param>
    /// <param name="embeddingStd">Standard deviation of the embedding in place of the shape's.</param>
    public static IReadOnlyList<ParameterSpec> For(ModelShape shape, double? embeddingStd = null)
    {
        var embedding = embeddingStd ?? (shape.Head == HeadKind.Tied ? 1 / Math.Sqrt(shape.TokenWidth) : 1);
        var specs = new List<ParameterSpec> { new("embedding", [shape.Vocabulary, shape.TokenWidth], embedding) };
        if (shape.Positions == PositionKind.Learned)
            specs.Add(new("positions", [shape.Context, shape.TokenWidth], embedding));
        if (shape.IsFactorised) specs.AddRange(Linear(shape, "embedding.up", shape.Width, shape.TokenWidth));
        for (var layer = 0; layer < shape.StoredLayers; layer++) specs.AddRange(Block(shape, $"blocks.{layer}."));
        if (shape.NormPlacement == NormPlacement.Pre) specs.AddRange(Norm(shape, "norm"));
        if (shape.IsFactorised) specs.AddRange(Linear(shape, "embedding.down", shape.TokenWidth, shape.Width));
        if (shape.Head == HeadKind.Untied) specs.Add(new("head", [shape.Vocabulary, shape.TokenWidth], 0));
        // matrices first (the order is stable), so that the optimizer sees two ranges
        return [.. specs.OrderBy(spec => !spec.Decays)];
    }

    private static IEnumerable<ParameterSpec> Block(ModelShape shape, string block)
    {
        // Every passed layer writes into the stream, whether or not it has weights of its own.
        var residual = 1 / Math.Sqrt(2.0 * shape.Layers);
        var ups = shape.Mlp == MlpKind.Swiglu ? 2 : 1;
        return
        [
            .. Norm(shape, block + "attention.norm"),
            .. Linear(shape, block + "attention.qkv", shape.Width + (2 * shape.KeyValueWidth), shape.Width),
            .. shape.QkNorm ? Gains(block + "attention.query.norm", block + "attention.key.norm", shape.HeadWidth) : [],
            .. Linear(shape, block + "attention.out", shape.Width, shape.Width, residual),
            .. Norm(shape, block + "mlp.norm"),
            .. Linear(shape, block + "mlp.up", ups * shape.HiddenWidth, shape.Width),
            .. Linear(shape, block + "mlp.down", shape.Width, shape.HiddenWidth, residual),
        ];
    }

    private static IEnumerable<ParameterSpec> Linear(ModelShape shape, string name, long outputs, long inputs,
        double scale = 1)
    {
        yield return new(name, [outputs, inputs], scale / Math.Sqrt(inputs));
        if (shape.Biases) yield return new(name + ".bias", [outputs], 0);
    }

    private static IEnumerable<ParameterSpec> Norm(ModelShape shape, string name)
    {
        yield return new(name, [shape.Width], null);
        if (shape is { Norm: NormKind.Layer, Biases: true }) yield return new(name + ".bias", [shape.Width], 0);
    }

    private static ParameterSpec[] Gains(string queries, string keys, long width) =>
        [new(queries, [width], null), new(keys, [width], null)];
}
