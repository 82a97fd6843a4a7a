using System.Text.Json.Serialization;
using ScalingLab.Fitting.Options;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>The curve that finds the minima of a sweep, the same at every budget.</summary>
/// <param name="Method">Its form; never auto.</param>
/// <param name="Within">
/// Only the sizes round the lowest loss up to the first that is above it by more than this share; null: all sizes.
/// </param>
public sealed record MinimumCurve(MinimumMethod Method, double? Within = null)
{
    /// <summary>Such as "a quartic through the sizes within 8 % of the lowest loss".</summary>
    [JsonIgnore]
    public string Description
    {
        get
        {
            var form =
                Method switch { MinimumMethod.Quartic => "a quartic", MinimumMethod.Akima => "an Akima spline",
                    _ => "a parabola" };
            return Within is { } share
                ? Invariant($"{form} through the sizes within {100 * share:G2} % of the lowest loss")
                : $"{form} through all sizes";
        }
    }

    // Sizes that a window keeps at least: two more than the curve has unknowns, so that it can miss.
    internal int LeastSizes => Order + 3;

    internal int Order => Method == MinimumMethod.Quartic ? 4 : 2;
}
