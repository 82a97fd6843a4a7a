using System.Runtime.InteropServices;

namespace ScalingLab.Training.Parallel;

/// <summary>The GPUs of a run cannot be joined, or no longer are.</summary>
public sealed class NcclException(string message) : IOException(message);

/// <summary>The NCCL that this process finds.</summary>
public static class NcclVersion
{
    /// <summary>Its version, e.g. "2.27.5"; null where there is none.</summary>
    public static string? Found => Nccl.Version;
}

/// <summary>
/// NVIDIA's library of sums over GPUs, as it comes with a libtorch for CUDA: found when first asked for, by the few
/// functions that are used. This process's membership of one group, its GPU the current one. It is never given back: a
/// process whose GPU takes part in no sum any more ends, and to leave in order would wait for the others.
/// </summary>
internal sealed class Nccl
{
    private const int Success = 0;
    private const int Float32 = 7; // ncclFloat32 and ncclSum of nccl.h
    private const int SumOperation = 0;

    // PyTorch's wheels have it beside libtorch, which has loaded it; a libtorch of its own may have it inside.
    private static readonly string[] Libraries = ["libnccl.so.2", "libnccl.so", "libtorch_cuda.so"];

    private readonly nint _communicator;
    private readonly AllReduceFunction _allReduce;
    private readonly Plain _begin;
    private readonly Plain _end;
    private readonly ErrorText _text;

    private Nccl(nint library, ProcessGroup group)
    {
        _text = Find<ErrorText>(library, "ncclGetErrorString");
        (_begin, _end) = (Find<Plain>(library, "ncclGroupStart"), Find<Plain>(library, "ncclGroupEnd"));
        _allReduce = Find<AllReduceFunction>(library, "ncclAllReduce");
        var id = new UniqueId[1];
        if (group.Rank == 0) Check(Find<NewId>(library, "ncclGetUniqueId")(out id[0]), "name the group");
        group.Broadcast(MemoryMarshal.AsBytes(id.AsSpan()));
        Check(Find<JoinFunction>(library, "ncclCommInitRank")(out _communicator, group.Size, id[0], group.Rank),
            "join the GPUs");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Plain();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int NewId(out UniqueId id);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int JoinFunction(out nint member, int ranks, UniqueId id, int rank);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int AllReduceFunction(nint from, nint to, nuint count, int type, int operation, nint member,
        nint stream);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint ErrorText(int code);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionFunction(out int version);

    /// <summary>Its version, e.g. "2.27.5"; null where it is not found.</summary>
    public static string? Version
    {
        get
        {
            if (Load(Libraries) is not { } library
                || Find<VersionFunction>(library, "ncclGetVersion")(out var number) != Success) return null;
            // as versions from 2.9 on count
            return FormattableString.Invariant($"{number / 10_000}.{number / 100 % 100}.{number % 100}");
        }
    }

    /// <summary>Joins this process's current GPU to the group's; every rank calls it at the same time.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="library">Another library; null: libtorch's.</param>
    /// <exception cref="NcclException">There is no NCCL, or the GPUs do not find each other.</exception>
    public static Nccl Join(ProcessGroup group, string? library = null) => new(
        Load(library is null ? Libraries : [library]) ?? throw new NcclException(
            "several GPUs train a run together by NCCL, which this libtorch has not (libnccl.so.2): install one with "
                + "it, or train on one GPU (worker.gpus 1)"),
        group);

    /// <summary>What is asked for in there is done together, with one start.</summary>
    public void Group(Action ask)
    {
        Check(_begin(), "begin a sum");
        ask();
        Check(_end(), "add up");
    }

    /// <summary>Puts the sum over all ranks in the values' place, when the stream comes to it.</summary>
    /// <param name="address">Of the first, fp32, on the GPU.</param>
    /// <param name="count">Values.</param>
    /// <param name="stream">The driver's.</param>
    public void AllReduce(nint address, long count, nint stream) =>
        Check(_allReduce(address, address, (nuint)count, Float32, SumOperation, _communicator, stream), "add up");

    private static nint? Load(IEnumerable<string> libraries)
    {
        foreach (var name in libraries)
        {
            if (NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "ncclAllReduce", out _)) return library;
        }

        return null;
    }

    private static T Find<T>(nint library, string name)
        where T : Delegate => NativeLibrary.TryGetExport(library, name, out var function)
            ? Marshal.GetDelegateForFunctionPointer<T>(function)
            : throw new NcclException($"the NCCL that was found has no {name}: it is too old");

    private void Check(int code, string what)
    {
        if (code != Success)
            throw new NcclException($"NCCL could not {what}: "
                + $"{Marshal.PtrToStringUTF8(_text(code))} (NCCL_DEBUG=WARN says more)");
    }

    /// <summary>ncclUniqueId: 128 bytes, handed over by value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct UniqueId
    {
        public long A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15;
    }
}
