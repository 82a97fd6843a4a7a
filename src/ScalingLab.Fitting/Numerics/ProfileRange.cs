using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Numerics;

/// <summary>
/// How far a profile leaves a quantity open: the last values either way that it does not reject. An open end is where
/// the search stopped, at the end of the range or ten times the estimate away, and not where the data reject more.
/// </summary>
internal readonly record struct ProfileRange(double Low, double High, bool OpenLow, bool OpenHigh)
{
    private const double Decade = 10 * (1 - 1e-9);

    /// <summary>Whether the quantity is not known to within an order of magnitude.</summary>
    public bool IsWide => OpenLow || OpenHigh || High / Low >= Decade;

    /// <summary>"0.2 to 1.4", and at an open end "0.2 or less" or "1.4 or more".</summary>
    public override string ToString() =>
        Invariant($"{Low:G2}") + (OpenLow ? " or less" : "") + Invariant($" to {High:G2}")
        + (OpenHigh ? " or more" : "");
}
