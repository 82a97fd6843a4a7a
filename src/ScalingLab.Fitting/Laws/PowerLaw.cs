namespace ScalingLab.Fitting.Laws;

/// <summary>y = Coefficient * x^Exponent.</summary>
public sealed record PowerLaw(double Coefficient, double Exponent)
{
    /// <summary>The exponents of N_opt and D_opt, of which intervals are told.</summary>
    internal static IReadOnlyList<(string Name, Func<(PowerLaw Parameters, PowerLaw Tokens), double> Value)> Exponents
    { get; } = [("a", laws => laws.Parameters.Exponent), ("b", laws => laws.Tokens.Exponent)];

    public double At(double x) => Coefficient * Math.Pow(x, Exponent);

    /// <summary>Least squares of ln y on ln x; null with fewer than two distinct x.</summary>
    public static PowerLaw? Through(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return ThroughLogarithms([.. x.Select(value => Math.Log(value))], [.. y.Select(value => Math.Log(value))]);
    }

    /// <summary>The same through ln x and ln y.</summary>
    internal static PowerLaw? ThroughLogarithms(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length < 2)
            return null;
        double meanX = 0, meanY = 0;
        for (var index = 0; index < x.Length; index++)
            (meanX, meanY) = (meanX + x[index], meanY + y[index]);
        (meanX, meanY) = (meanX / x.Length, meanY / x.Length);
        double products = 0, squares = 0;
        for (var index = 0; index < x.Length; index++)
        {
            var centred = x[index] - meanX;
            products += centred * (y[index] - meanY);
            squares += centred * centred;
        }

        if (squares < 1e-12)
            return null;
        var exponent = products / squares;
        return new PowerLaw(Math.Exp(meanY - (exponent * meanX)), exponent);
    }
}
