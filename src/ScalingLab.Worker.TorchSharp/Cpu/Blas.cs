using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ScalingLab.Torch;

/// <summary>
/// The matrix product of libtorch's own BLAS, by its Fortran name; on as many threads as libtorch has.
/// </summary>
internal static unsafe class Blas
{
    private const byte Plain = (byte)'N', Transposed = (byte)'T';

    private static readonly nint Sgemm =
        NativeLibrary.TryLoad("torch_cpu", typeof(Blas).Assembly, null, out var library)
        && NativeLibrary.TryGetExport(library, "sgemm_", out var address) ? address : 0;

    /// <summary>Whether this system's libtorch shows it.</summary>
    public static bool IsAvailable => Sgemm != 0;

    /// <summary>
    /// Whether this CPU multiplies bfloat16 faster than float32. AMD's with avx512_bf16 do, and those with AMX; of
    /// Intel's with avx512_bf16 alone one was half as fast (docs/engines.md).
    /// </summary>
    public static bool IsFasterInBFloat16 { get; } = HasFastBFloat16();

    /// <summary>c [rows, columns] = a [rows, depth] b [columns, depth]^T.</summary>
    public static void TimesTransposed(int rows, int columns, int depth, float* a, float* b, float* c) =>
        Product(Transposed, Plain, columns, rows, depth, b, depth, a, depth, 0, c, columns);

    /// <summary>c [rows, columns] = a [rows, depth] b [depth, columns].</summary>
    public static void Times(int rows, int columns, int depth, float* a, float* b, float* c) =>
        Product(Plain, Plain, columns, rows, depth, b, columns, a, depth, 0, c, columns);

    /// <summary>c [rows, columns] = kept c + a [depth, rows]^T b [depth, columns].</summary>
    public static void TransposedTimes(int rows, int columns, int depth, float* a, float* b, float kept, float* c) =>
        Product(Plain, Transposed, columns, rows, depth, b, columns, a, rows, kept, c, columns);

    // Fortran's matrices lie column by column: a product of ours is the product of the turned factors in the other
    // order.
    private static void Product(
        byte first, byte second, int rows, int columns, int depth, float* a, int aStep, float* b, int bStep, float kept,
        float* c, int cStep)
    {
        float one = 1;
        ((delegate* unmanaged<byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*,
            void>)
            Sgemm)(&first, &second, &rows, &columns, &depth, &one, a, &aStep, b, &bStep, &kept, c, &cStep);
    }

    private static bool HasFastBFloat16()
    {
        if (!X86Base.IsSupported) return true; // nothing is known of others: as libtorch has it
        // Bits of leaf 7; the first letters of the maker's name.
        const int amxBFloat16 = 1 << 22, avxBFloat16 = 1 << 5, amd = 0x68747541;
        var (most, maker, _, _) = X86Base.CpuId(0, 0);
        if (most < 7) return false;
        return (X86Base.CpuId(7, 0).Edx & amxBFloat16) != 0
            || (maker == amd && (X86Base.CpuId(7, 1).Eax & avxBFloat16) != 0);
    }
}
