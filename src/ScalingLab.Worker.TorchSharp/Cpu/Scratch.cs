using System.Runtime.InteropServices;

namespace ScalingLab.Torch;

/// <summary>
/// Memory of each thread for numbers that last no longer than one operation: it grows to the most that was asked for
/// and is used again.
/// </summary>
internal static unsafe class Scratch
{
    private const nuint Line = 64; // bytes of a cache line

    [ThreadStatic]
    private static float* _memory;

    [ThreadStatic]
    private static long _length;

    /// <summary>
    /// Room for so many numbers, which hold anything; what was handed out on this thread before is no longer to be
    /// used.
    /// </summary>
    public static float* Rent(long numbers)
    {
        if (numbers <= _length) return _memory;
        NativeMemory.AlignedFree(_memory);
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)numbers * sizeof(float), Line);
        _length = numbers;
        return _memory;
    }
}
