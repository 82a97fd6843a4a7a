namespace ScalingLab.Torch;

/// <summary>One number on its way to libtorch, which keeps whether it was an integer, a real or a bool.</summary>
public readonly struct Scalar
{
    private Scalar(long bits, int kind) => Raw = new NativeScalar(bits, kind);

    internal Scalar(NativeScalar native) => Raw = native;

    internal NativeScalar Raw { get; }

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(int value) => new(value, 0);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new(value, 0);

    /// <summary>A real.</summary>
    public static implicit operator Scalar(float value) => new(BitConverter.DoubleToInt64Bits(value), 1);

    /// <summary>A real.</summary>
    public static implicit operator Scalar(double value) => new(BitConverter.DoubleToInt64Bits(value), 1);

    /// <summary>A bool.</summary>
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, 2);

    /// <summary>The number as a double.</summary>
    public double ToDouble() => Raw.Kind == 1 ? BitConverter.Int64BitsToDouble(Raw.Bits) : Raw.Bits;

    /// <summary>The number as a float.</summary>
    public float ToSingle() => (float)ToDouble();

    /// <summary>The number as an integer; a real is cut towards zero.</summary>
    /// <exception cref="OverflowException">A real outside the range, or not a number.</exception>
    public long ToInt64() => Raw.Kind == 1 ? (long)ToDouble() : Raw.Bits;

    /// <summary>The number as an integer; a real is cut towards zero.</summary>
    /// <exception cref="OverflowException">Outside the range.</exception>
    public int ToInt32() => (int)ToInt64();

    /// <summary>Whether the number is other than zero.</summary>
    public bool ToBoolean() => Raw.Kind == 1 ? ToDouble() != 0 : Raw.Bits != 0;
}
