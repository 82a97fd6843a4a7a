using ScalingLab.Runs.Models;
using ScalingLab.Torch;

namespace ScalingLab.Training.Models;

/// <summary>
/// Keys and values of the tokens that a model has read, for every layer passed: the next token then costs one token's
/// products, not all tokens'. Room for one context of B sequences, 2 x layers x B x context x (width of all keys)
/// numbers.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] _layers;

    internal KeyValueCache(ModelShape shape, long sequences, Tensor like)
    {
        Capacity = shape.Context;
        Sequences = sequences;
        long[] size = [sequences, shape.KeyValueHeads, shape.Context, shape.HeadWidth];
        Tensor Room() => empty(size, like.dtype, like.device).DetachFromDisposeScope();
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(_ => (Room(), Room()))];
    }

    /// <summary>Tokens read so far, of each sequence.</summary>
    public long Length { get; private set; }

    /// <summary>Most tokens of a sequence: the model's context.</summary>
    public long Capacity { get; }

    /// <summary>Sequences read side by side, B.</summary>
    public long Sequences { get; }

    /// <summary>Forgets all but the first so many tokens.</summary>
    /// <param name="length">At most <see cref="Length"/>.</param>
    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in _layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    /// <summary>
    /// Keeps new keys and values [B, K, T, h] behind the old ones; all of them, old and new, [B, K, length + T, h].
    /// </summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var (tokens, (allKeys, allValues)) = (keys.shape[2], _layers[layer]);
        allKeys.narrow(2, Length, tokens).copy_(keys);
        allValues.narrow(2, Length, tokens).copy_(values);
        return (allKeys.narrow(2, 0, Length + tokens), allValues.narrow(2, 0, Length + tokens));
    }

    /// <summary>Counts tokens that every layer has kept.</summary>
    internal void Advance(long tokens) => Length += tokens;
}
