using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace ScalingLab.Torch;

/// <summary>
/// The native wall: finds the shim, checks that it is the one this assembly was written for, and turns its
/// statuses into exceptions.
/// </summary>
internal static partial class Native
{
    internal const string Library = "scalinglab_torch";
    internal const int AbiVersion = 7;
    private const string FileName = "libscalinglab_torch.so";
    private const string Remedy = "apt-get install cmake ninja-build g++ libtorch-dev libopenblas0-openmp";
    private const int OutOfMemory = 2;

    private static readonly Lock Gate = new();
    private static nint _library;

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    /// <summary>Makes one managed tensor of a call's result, or throws what the call said.</summary>
    internal static torch.Tensor NewTensor(int status, nint tensor)
    {
        if (status != 0)
            Throw(status);
        return new torch.Tensor(tensor);
    }

    internal static (torch.Tensor, torch.Tensor) NewTensor(int status, nint first, nint second)
    {
        if (status != 0)
            Throw(status);
        return (new torch.Tensor(first), new torch.Tensor(second));
    }

    internal static void Check(int status)
    {
        if (status != 0)
            Throw(status);
    }

    private static void Throw(int status)
    {
        var words = Marshal.PtrToStringUTF8(sl_last_error());
        var message = string.IsNullOrEmpty(words) ? "libtorch failed without a word" : words;
        throw status == OutOfMemory ? new TorchOutOfMemoryException(message) : new TorchException(message);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
            return 0;
        lock (Gate)
        {
            if (_library == 0)
                _library = LoadFrom(Path.Combine(AppContext.BaseDirectory, FileName));
            return _library;
        }
    }

    /// <summary>Loads the shim and checks its ABI before anything else is called.</summary>
    /// <exception cref="TorchLoadException">The shim or its libtorch is missing, or it is another
    /// version's.</exception>
    internal static nint LoadFrom(string path)
    {
        if (!File.Exists(path))
            throw new TorchLoadException(
                $"{path} is missing: build ScalingLab.Torch, which makes it (it needs '{Remedy}')");
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new TorchLoadException(
                $"{path} cannot be loaded, most likely since the libtorch it was built with is gone: "
                + $"'{Remedy}', or set LIBTORCH and build again. The loader said: {e.Message}", e);
        }
        VerifyAbi(name => CallForNumber(library, name));
        var status = CallForNumber(library, "sl_initialize");
        return status == 0 ? library : throw new TorchLoadException($"{path} failed to start (status {status})");
    }

    /// <summary>Compares the shim's numbers with this assembly's; every difference is listed.</summary>
    internal static void VerifyAbi(Func<string, int> read)
    {
        (string Name, int Expected)[] numbers =
        [
            ("sl_abi_version", AbiVersion),
            ("sl_size_of_scalar", Unsafe.SizeOf<NativeScalar>()),
            ("sl_size_of_options", Unsafe.SizeOf<NativeOptions>()),
            ("sl_size_of_memory", Unsafe.SizeOf<NativeMemory>()),
        ];
        var problems = numbers.Select(n => (n.Name, n.Expected, Found: read(n.Name))).Where(n => n.Found != n.Expected)
            .Select(n => $"{n.Name} is {n.Found}, expected {n.Expected}").ToList();
        if (problems.Count > 0)
        {
            throw new TorchLoadException($"{FileName} is not the one this assembly was built with "
                + $"({string.Join("; ", problems)}): "
                + "build ScalingLab.Torch again");
        }
    }

    private static unsafe int CallForNumber(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out var function) ? ((delegate* unmanaged<int>)function)() : -1;
}
