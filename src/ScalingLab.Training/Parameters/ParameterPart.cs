using ScalingLab.Runs.Models;

namespace ScalingLab.Training.Parameters;

/// <summary>
/// A matrix or vector that an optimizer takes by itself: a tensor, or one of those that lie packed in it.
/// </summary>
/// <param name="Start">Its first value's place in the flat parameters.</param>
/// <param name="Dimensions">Sizes, outermost first.</param>
/// <param name="Decays">Whether weight decay reaches it.</param>
/// <param name="IsHidden">Whether it is a matrix inside a block, from activations to activations.</param>
public sealed record ParameterPart(long Start, IReadOnlyList<long> Dimensions, bool Decays, bool IsHidden)
{
    /// <summary>Number of values.</summary>
    public long Count { get; } = Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>
    /// Every part, in order. Queries, keys and values are one tensor for the sake of one product, and so are SwiGLU's
    /// two halves, but they are matrices of their own: their norms differ, and an orthogonal stack is not a stack of
    /// orthogonal matrices.
    /// </summary>
    public static IReadOnlyList<ParameterPart> Split(IReadOnlyList<ParameterSpec> specs, ModelShape shape)
    {
        var parts = new List<ParameterPart>();
        long start = 0;
        foreach (var spec in specs)
        {
            if (spec.Dimensions.Length != 2)
            {
                parts.Add(new(start, spec.Dimensions, spec.Decays, false));
                start += spec.Count;
                continue;
            }

            var rows = RowsOf(spec, shape);
            if (rows.Sum() != spec.Dimensions[0])
                throw new InvalidOperationException($"{spec.Name} has {spec.Dimensions[0]} rows, but "
                    + $"{string.Join(" + ", rows)} were expected in it");
            foreach (var own in rows)
            {
                var part = new ParameterPart(start, [own, spec.Dimensions[1]], spec.Decays, IsHiddenMatrix(spec));
                parts.Add(part);
                start += part.Count;
            }
        }

        return parts;
    }

    /// <summary>Whether a tensor is a matrix inside a block; embeddings, head, norms and biases are not.</summary>
    internal static bool IsHiddenMatrix(ParameterSpec spec) =>
        spec.Dimensions.Length == 2 && spec.Name.StartsWith("blocks.", StringComparison.Ordinal);

    private static long[] RowsOf(ParameterSpec spec, ModelShape shape)
    {
        if (spec.Name.EndsWith("attention.qkv", StringComparison.Ordinal))
            return [shape.Width, shape.KeyValueWidth, shape.KeyValueWidth];
        var isPair = shape.Mlp == MlpKind.Swiglu && spec.Name.EndsWith("mlp.up", StringComparison.Ordinal);
        return isPair ? [shape.HiddenWidth, shape.HiddenWidth] : [spec.Dimensions[0]];
    }
}
