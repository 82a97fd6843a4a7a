using System.Runtime.CompilerServices;

namespace ScalingLab.Torch;

public static partial class torch
{
    /// <remarks>Moves between types, devices and .NET.</remarks>
    public sealed partial class Tensor
    {
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            To(type, null, copy, disposeAfter, non_blocking);
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            To(null, device, copy, disposeAfter, non_blocking);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false,
            bool non_blocking = false) =>
            To(type, device, copy, disposeAfter, non_blocking);
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false,
            bool non_blocking = false) =>
            To(null, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);
        public Tensor type(ScalarType dtype) => To(dtype, null, false, false, false);
        public Tensor cpu() => To(null, CPU, false, false, false);
        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            To(null, device ?? CUDA, false, false, non_blocking);

        /// <summary>The one element, as a .NET number of any kind; waits for the device.</summary>
        /// <exception cref="TorchException">There is not exactly one element.</exception>
        public T item<T>() where T : unmanaged
        {
            Native.Check(Native.sl_item(Raw, out var raw));
            var value = new Scalar(raw);
            if (typeof(T) == typeof(double)) { var x = value.ToDouble(); return Unsafe.As<double, T>(ref x); }
            if (typeof(T) == typeof(float)) { var x = value.ToSingle(); return Unsafe.As<float, T>(ref x); }
            if (typeof(T) == typeof(long)) { var x = value.ToInt64(); return Unsafe.As<long, T>(ref x); }
            if (typeof(T) == typeof(int)) { var x = value.ToInt32(); return Unsafe.As<int, T>(ref x); }
            if (typeof(T) == typeof(bool)) { var x = value.ToBoolean(); return Unsafe.As<bool, T>(ref x); }
            throw new ArgumentException($"item<{typeof(T).Name}>: expected double, float, long, int or bool");
        }

        public double ToDouble() => item<double>();
        public float ToSingle() => item<float>();
        public long ToInt64() => item<long>();
        public int ToInt32() => item<int>();
        public bool ToBoolean() => item<bool>();

        /// <summary>The elements, in the order of their indices; T must be as wide as the tensor's type.</summary>
        /// <exception cref="TorchException">T is not the tensor's type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            if (!Holds<T>(dtype))
                throw new TorchException($"data<{typeof(T).Name}>: the tensor's type is {dtype}");
            return new TensorAccessor<T>(this);
        }

        /// <summary>
        /// The bytes of the elements, in memory itself; good while this object lives. Setting copies exactly as many
        /// bytes as there are.
        /// </summary>
        /// <exception cref="TorchException">The tensor is on another device, or its elements do not stand in
        /// order.</exception>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (device_type != DeviceType.CPU)
                    throw new TorchException($"the bytes of a tensor on "
                        + $"{device} cannot be reached: move it with cpu()");
                if (!is_contiguous())
                    throw new TorchException("the elements do not stand in order in memory: call contiguous()");
                return new Span<byte>((void*)data_ptr(), checked((int)(numel() * element_size())));
            }
            set
            {
                var target = bytes;
                if (value.Length != target.Length)
                    throw new TorchException($"the tensor holds {target.Length} bytes, not {value.Length}");
                value.CopyTo(target);
            }
        }

        private Tensor To(ScalarType? type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var moved = Native.NewTensor(
                Native.sl_to(Raw, new NativeOptions(type, device), nonBlocking ? 1 : 0, copy ? 1 : 0, out var y), y);
            if (disposeAfter)
                Dispose();
            return moved;
        }

        private static bool Holds<T>(ScalarType type) => type switch
        {
            ScalarType.Float64 => typeof(T) == typeof(double),
            ScalarType.Float32 => typeof(T) == typeof(float),
            ScalarType.Float16 => typeof(T) == typeof(Half) || typeof(T) == typeof(ushort),
            ScalarType.BFloat16 => typeof(T) == typeof(ushort),
            ScalarType.Int64 => typeof(T) == typeof(long),
            ScalarType.Int32 => typeof(T) == typeof(int),
            ScalarType.Int16 => typeof(T) == typeof(short),
            ScalarType.Int8 => typeof(T) == typeof(sbyte),
            ScalarType.Byte => typeof(T) == typeof(byte),
            ScalarType.Bool => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
            _ => false,
        };
    }
}
