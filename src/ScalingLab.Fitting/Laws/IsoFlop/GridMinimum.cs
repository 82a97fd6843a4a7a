using MathNet.Numerics;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Laws.IsoFlop;

/// <summary>The lowest place of a curve that may have several valleys.</summary>
internal static class GridMinimum
{
    /// <summary>
    /// The lowest of ascending places, refined between its neighbours; at either end there is no valley, and it is an
    /// edge.
    /// </summary>
    public static (MinimumStatus Status, double X, double Loss) Find(Func<double, double> loss,
        IReadOnlyList<double> places)
    {
        var lowest = Enumerable.Range(0, places.Count).MinBy(index => loss(places[index]));
        if (lowest == 0 || lowest == places.Count - 1)
            return (MinimumStatus.Edge, Math.Exp(places[lowest]), loss(places[lowest]));
        var x = FindMinimum.OfScalarFunctionConstrained(loss, places[lowest - 1], places[lowest + 1], 1e-9, 200);
        return (MinimumStatus.Interior, Math.Exp(x), loss(x));
    }
}
