namespace ScalingLab.Fitting.Outcomes;

/// <summary>Something a reader must know before quoting a number.</summary>
/// <param name="Code">Stable kebab-case name, for programs.</param>
/// <param name="Text">One sentence for people.</param>
/// <param name="Rows">The rows concerned; null when it is about the whole fit.</param>
public sealed record FitWarning(string Code, string Text, IReadOnlyList<int>? Rows = null)
{
    /// <summary>
    /// The code of numbers that cannot be in the units they were taken for: no headline and no advice is given of them.
    /// </summary>
    public const string ImpossibleUnits = "units-impossible";
}
