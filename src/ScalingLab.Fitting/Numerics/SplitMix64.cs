namespace ScalingLab.Fitting.Numerics;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every runtime. A draw's stream depends on the seed
/// and the draw's number alone, so a parallel bootstrap gives the bits of a serial one.
/// </summary>
internal struct SplitMix64
{
    private ulong _state;

    public SplitMix64(int seed, int stream)
    {
        _state = unchecked(((ulong)(uint)seed << 32) ^ (uint)stream);
        // Neighbouring seeds and streams differ in few bits: one round spreads them.
        _state = Next();
    }

    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Uniform in 0 .. count - 1.</summary>
    public int NextIndex(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);
}
