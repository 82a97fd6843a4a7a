namespace ScalingLab.Reporting;

/// <summary>The look of every figure: inks and sizes of letters, in one place.</summary>
/// <param name="Ground">Behind everything.</param>
/// <param name="Ink">Letters and axes.</param>
/// <param name="Soft">Subtitles.</param>
/// <param name="Grid">Grid lines.</param>
internal sealed record Theme(string Ground, string Ink, string Soft, string Grid)
{
    public static Theme Print { get; } = new(Colours.White, Colours.Ink, "#555555", "#e6e6e6");

    /// <summary>Ticks, keys and subtitles, CSS pixels.</summary>
    public float Small { get; init; } = 10;

    /// <summary>Titles of axes and panels.</summary>
    public float Normal { get; init; } = 11;

    /// <summary>The heading, bold.</summary>
    public float Large { get; init; } = 12;
}
