namespace ScalingLab.Torch;

public static partial class torch
{
    // Random numbers come from the generator given, else from the device's default one, which manual_seed seeds.

    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        Native.NewTensor(
            Native.sl_randn(size, size.Length, Generator.HandleOf(generator),
                new NativeOptions(dtype, device, requires_grad),
            out var y), y);

    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randn((ReadOnlySpan<long>)[size], dtype, device, requires_grad, generator);

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        randn((ReadOnlySpan<long>)[rows, columns], dtype, device, requires_grad, generator);

    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        randn((ReadOnlySpan<long>)[dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        randn((ReadOnlySpan<long>)[dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        randn((ReadOnlySpan<long>)size.AsSpan(), dtype, device, requires_grad, generator);

    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        Native.NewTensor(
            Native.sl_rand(size, size.Length, Generator.HandleOf(generator),
                new NativeOptions(dtype, device, requires_grad),
            out var y), y);

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand((ReadOnlySpan<long>)[size], dtype, device, requires_grad, generator);

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        rand((ReadOnlySpan<long>)[rows, columns], dtype, device, requires_grad, generator);

    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        rand((ReadOnlySpan<long>)[dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        rand((ReadOnlySpan<long>)[dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        rand((ReadOnlySpan<long>)size.AsSpan(), dtype, device, requires_grad, generator);

    /// <summary>Integers from low up to but without high; Int64 unless a type is named.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        Native.NewTensor(Native.sl_randint(low, high, size, size.Length, Generator.HandleOf(generator),
            new NativeOptions(dtype, device, requires_grad), out var y), y);

    /// <summary>Integers from 0 up to but without high; Int64 unless a type is named.</summary>
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>Seeds the default generator of every device.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.sl_manual_seed(seed));
        return Generator.ForDevice(DeviceType.CPU, -1);
    }

    /// <summary>State of the host's default generator, as bytes.</summary>
    public static Tensor get_rng_state() => random.get_rng_state();

    /// <summary>Puts back what get_rng_state gave.</summary>
    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    /// <summary>The default generators.</summary>
    public static class random
    {
        /// <summary>State of the host's default generator, as bytes.</summary>
        public static Tensor get_rng_state()
        {
            using var generator = Generator.ForDevice(DeviceType.CPU, -1);
            return generator.get_state();
        }

        /// <summary>Puts back what get_rng_state gave.</summary>
        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.ForDevice(DeviceType.CPU, -1);
            generator.set_state(new_state);
        }

        /// <summary>Seeds the default generator of every device.</summary>
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
    }

    /// <summary>A source of random numbers of its own.</summary>
    public sealed class Generator : IDisposable
    {
        private readonly GeneratorHandle _handle;

        private Generator(GeneratorHandle handle) => _handle = handle;

        /// <summary>A generator on the host.</summary>
        public Generator(ulong seed = 0)
        {
            Native.Check(Native.sl_generator_new(unchecked((long)seed), out var generator));
            _handle = new GeneratorHandle(generator);
        }

        internal static GeneratorHandle HandleOf(Generator? generator) => generator?._handle ?? GeneratorHandle.Default;

        internal static Generator ForDevice(DeviceType type, int index)
        {
            Native.Check(Native.sl_generator_default((int)type, index, out var generator));
            return new Generator(new GeneratorHandle(generator));
        }

        /// <summary>The state, as bytes.</summary>
        public Tensor get_state() => Native.NewTensor(Native.sl_generator_get_state(_handle, out var y), y);

        /// <summary>Puts back what get_state gave.</summary>
        public void set_state(Tensor value) => Native.Check(Native.sl_generator_set_state(_handle, value.Raw));

        /// <summary>Seeds this generator.</summary>
        public Generator manual_seed(long seed)
        {
            Native.Check(Native.sl_generator_seed(_handle, seed));
            return this;
        }

        /// <summary>The seed that it began with.</summary>
        public long initial_seed()
        {
            Native.Check(Native.sl_generator_initial_seed(_handle, out var seed));
            return seed;
        }

        /// <summary>Frees the handle; a device's default generator itself stays.</summary>
        public void Dispose() => _handle.Dispose();
    }
}
