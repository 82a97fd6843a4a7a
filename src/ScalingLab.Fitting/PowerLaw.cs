namespace ScalingLab.Fitting;

/// <summary>y = Coefficient * x^Exponent.</summary>
public sealed record PowerLaw(double Coefficient, double Exponent)
{
    public double At(double x) => Coefficient * Math.Pow(x, Exponent);

    /// <summary>Least squares of ln y on ln x; null with fewer than two distinct x.</summary>
    public static PowerLaw? Through(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count < 2)
            return null;
        var meanX = x.Average(Math.Log);
        var meanY = y.Average(Math.Log);
        double products = 0, squares = 0;
        for (var index = 0; index < x.Count; index++)
        {
            var centred = Math.Log(x[index]) - meanX;
            products += centred * (Math.Log(y[index]) - meanY);
            squares += centred * centred;
        }

        if (squares < 1e-12)
            return null;
        var exponent = products / squares;
        return new PowerLaw(Math.Exp(meanY - (exponent * meanX)), exponent);
    }
}
