using System.Globalization;

namespace ScalingLab.Torch;

public static partial class torch
{
    /// <summary>The host.</summary>
    public static Device CPU { get; } = new(DeviceType.CPU);

    /// <summary>The current GPU.</summary>
    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary>A device by kind and number.</summary>
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>A device by words: "cpu", "cuda" or "cuda:1".</summary>
    /// <exception cref="ArgumentException">Other words.</exception>
    public static Device device(string description) => new(description);

    /// <summary>Where a tensor lives.</summary>
    public sealed class Device : IEquatable<Device>
    {
        /// <summary>A device by kind and number; -1 is the current one of its kind.</summary>
        public Device(DeviceType type, int index = -1)
        {
            this.type = type;
            this.index = index;
        }

        /// <summary>A device by words: "cpu", "cuda" or "cuda:1".</summary>
        /// <exception cref="ArgumentException">Other words.</exception>
        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            var parts = description.Split(':');
            (type, index) = parts switch
            {
                ["cpu"] => (DeviceType.CPU, -1),
                ["cuda"] => (DeviceType.CUDA, -1),
                ["cuda", var n]
                    when int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var i) =>
                    (DeviceType.CUDA, i),
                _ => throw new ArgumentException($"unknown device '{description}': expected cpu, cuda or cuda:N",
                    nameof(description)),
            };
        }

        /// <summary>The kind.</summary>
        public DeviceType type { get; }

        /// <summary>The number among its kind, or -1 for the current one.</summary>
        public int index { get; }

        /// <inheritdoc/>
        public bool Equals(Device? other) => other is not null && other.type == type && other.index == index;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Device);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(type, index);

        /// <inheritdoc/>
        public override string ToString() =>
            (type == DeviceType.CPU ? "cpu" : "cuda")
            + (index < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{index}"));
    }
}
