namespace ScalingLab.Data.Shards;

/// <summary>
/// In what order windows are visited: the i-th visit of a run is a function of (seed, i) alone, so a run goes on from a
/// step number. Within an epoch every window is visited exactly once, each epoch in an order of its own
/// (<see cref="FeistelPermutation"/>), whatever their number in no memory.
/// </summary>
public sealed class WindowOrder
{
    private readonly ulong _seed;
    private readonly FeistelPermutation _permutation;

    /// <param name="windows">Windows in an epoch, at least 1.</param>
    public WindowOrder(long windows, ulong seed)
    {
        _permutation = new(windows);
        Windows = windows;
        _seed = seed;
    }

    public long Windows { get; }

    /// <summary>The window of the index-th visit, counted from 0 over all epochs.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            var (epoch, place) = Math.DivRem(index, Windows);
            return _permutation.Forward(place, FeistelPermutation.Mix(_seed, (ulong)epoch));
        }
    }
}
