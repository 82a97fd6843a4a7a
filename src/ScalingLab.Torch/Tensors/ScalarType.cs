namespace ScalingLab.Torch;

/// <summary>Types of a tensor's elements, numbered as libtorch numbers them.</summary>
public enum ScalarType
{
    /// <summary>Unsigned, 8 bits.</summary>
    Byte = 0,
    /// <summary>Signed, 8 bits.</summary>
    Int8 = 1,
    /// <summary>Signed, 16 bits.</summary>
    Int16 = 2,
    /// <summary>Signed, 32 bits.</summary>
    Int32 = 3,
    /// <summary>Signed, 64 bits; the type of indices.</summary>
    Int64 = 4,
    /// <summary>IEEE half.</summary>
    Float16 = 5,
    /// <summary>IEEE single.</summary>
    Float32 = 6,
    /// <summary>IEEE double.</summary>
    Float64 = 7,
    /// <summary>One byte, 0 or 1.</summary>
    Bool = 11,
    /// <summary>The upper half of a single: 8 bits of exponent, 8 of precision.</summary>
    BFloat16 = 15,
}

/// <summary>Kinds of device, numbered as libtorch numbers them.</summary>
public enum DeviceType
{
    /// <summary>The host.</summary>
    CPU = 0,
    /// <summary>An NVIDIA GPU.</summary>
    CUDA = 1,
}
