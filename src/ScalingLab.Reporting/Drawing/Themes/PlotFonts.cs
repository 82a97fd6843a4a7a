using System.Runtime.CompilerServices;

namespace ScalingLab.Reporting.Drawing.Themes;

/// <summary>For a figure of one's own by ScottPlot.</summary>
public static class PlotFonts
{
    /// <summary>
    /// Has every ScottPlot figure of this process drawn with the letters of the reports' figures, on machines without
    /// fonts too.
    /// </summary>
    public static void Use() => RuntimeHelpers.RunClassConstructor(typeof(Typefaces).TypeHandle);
}
