using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>The axes that several figures have.</summary>
internal static class FigureAxes
{
    public static Axis Compute(IEnumerable<double> flops, string title = "Training compute (FLOPs)") =>
        Axis.Log("C", title, flops) with { Format = value => Numbers.Scientific(value) };

    public static Axis Size(IEnumerable<double> parameters, string title) =>
        Axis.Log("N", title, parameters) with { Format = Numbers.Count };

    public static Axis Tokens(IEnumerable<double> tokens) =>
        Axis.Log("D", "Training tokens D", tokens) with { Format = Numbers.Count };
}
