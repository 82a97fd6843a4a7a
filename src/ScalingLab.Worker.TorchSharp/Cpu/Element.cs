using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ScalingLab.Torch;

/// <summary>How numbers of a tensor are read as float32, sixteen or one at a time, and written.</summary>
internal unsafe interface IElement<T>
    where T : unmanaged
{
    /// <summary>Sixteen numbers.</summary>
    static abstract Vector512<float> Load(T* from);

    /// <summary>Sixteen numbers, rounded to the nearest that there is.</summary>
    static abstract void Store(Vector512<float> value, T* to);

    /// <summary>The first of sixteen, as many as said; zeros for the others.</summary>
    static abstract Vector512<float> Load(T* from, int count);

    /// <summary>The first of sixteen, as many as said.</summary>
    static abstract void Store(Vector512<float> value, T* to, int count);

    static abstract float One(T* from);

    static abstract void One(float value, T* to);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Element : IElement<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from, int count)
    {
        if (Avx512F.IsSupported)
            return Avx512F.MaskLoad(from, Vector16.FirstMask(count).AsSingle(), Vector512<float>.Zero);
        float* all = stackalloc float[Vector16.Count];
        for (var i = 0; i < Vector16.Count; i++) all[i] = i < count ? from[i] : 0;
        return Vector512.Load(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* to, int count)
    {
        if (Avx512F.IsSupported) Avx512F.MaskStore(to, Vector16.FirstMask(count).AsSingle(), value);
        else for (var i = 0; i < count; i++) to[i] = value[i];
    }

    public static float One(float* from) => *from;

    public static void One(float value, float* to) => *to = value;
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Element : IElement<ushort>
{
    private const int Half = 16;
    private const long Grain = 1 << 16;
    private const uint Nearest = 0x7fff;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* from)
    {
        var (low, high) = Vector256.Widen(Vector256.Load(from));
        return (Vector512.Create(low, high) << Half).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ushort* to) => Rounded(value).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* from, int count)
    {
        if (Avx512BW.VL.IsSupported)
        {
            var (low, high) = Vector256.Widen(Avx512BW.VL.MaskLoad(from, Vector16.FirstHalfMask(count),
                Vector256<ushort>.Zero));
            return (Vector512.Create(low, high) << Half).AsSingle();
        }

        ushort* all = stackalloc ushort[Vector16.Count];
        for (var i = 0; i < Vector16.Count; i++) all[i] = i < count ? from[i] : (ushort)0;
        return Load(all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ushort* to, int count)
    {
        if (Avx512BW.VL.IsSupported) Avx512BW.VL.MaskStore(to, Vector16.FirstHalfMask(count), Rounded(value));
        else for (var i = 0; i < count; i++) One(value[i], to + i);
    }

    public static float One(ushort* from) => BitConverter.UInt32BitsToSingle((uint)*from << Half);

    public static void One(float value, ushort* to)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        *to = (ushort)(unchecked(bits + Nearest + ((bits >> Half) & 1)) >> Half);
    }

    /// <summary>So many numbers as float32.</summary>
    public static void Widen(ushort* from, float* to, long count) =>
        Host.ParallelFor(count, Host.ThreadCount(count, Grain), (_, begin, end) =>
    {
        var i = begin;
        for (; i + Vector16.Count <= end; i += Vector16.Count) Load(from + i).Store(to + i);
        for (; i < end; i++) to[i] = One(from + i);
    });

    /// <summary>So many float32 numbers, rounded.</summary>
    public static void Narrow(float* from, ushort* to, long count) =>
        Host.ParallelFor(count, Host.ThreadCount(count, Grain), (_, begin, end) =>
    {
        var i = begin;
        for (; i + Vector16.Count <= end; i += Vector16.Count) Store(Vector512.Load(from + i), to + i);
        for (; i < end; i++) One(from[i], to + i);
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Rounded(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = (bits + Vector512.Create(Nearest) + ((bits >> Half) & Vector512<uint>.One)) >> Half;
        return Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }
}

/// <summary>Functions of sixteen numbers.</summary>
internal static class Vector16
{
    public const int Count = 16;

    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f; // ln 2 in two parts, the first exact
    // 1.5 x 2^23: added to a number of less than 2^22, its last bits are the nearest whole one.
    private const float Shift = 12_582_912;
    private const float Least = -87.3f, Most = 88; // beyond, e^x is no normal number

    /// <summary>
    /// e^x within two units in the last place: 2^n e^r with |r| at most ln 2 / 2, by the polynomial of Cephes' expf
    /// (Moshier 1989).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(Least)), Vector512.Create(Most));
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(Shift));
        var n = shifted - Vector512.Create(Shift);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        return (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }

    /// <summary>Sixteen numbers, or as many as said.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(float* from, int count) =>
        count == Count ? Vector512.Load(from) : Float32Element.Load(from, count);

    /// <inheritdoc cref="Load"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> value, float* to, int count)
    {
        if (count == Count) value.Store(to);
        else Float32Element.Store(value, to, count);
    }

    /// <summary>All bits of the first numbers, none of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> FirstMask(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count));

    /// <inheritdoc cref="FirstMask"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> FirstHalfMask(int count) =>
        Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));

    /// <summary>The same of one number.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxOf(Vector512<float> x)
    {
        var eight = Vector256.Max(x.GetLower(), x.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
