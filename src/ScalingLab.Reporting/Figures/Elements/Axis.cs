using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>How values lie along an axis.</summary>
public enum AxisScale
{
    /// <summary>Equal differences are equally long.</summary>
    Linear,

    /// <summary>Equal ratios are equally long.</summary>
    Log,
}

/// <summary>A tick of an axis.</summary>
/// <param name="At">The value.</param>
/// <param name="Label">Null: a short tick without a grid line.</param>
/// <param name="IsMain">Whether its label stays where there is no room for all.</param>
internal sealed record AxisTick(double At, string? Label = null, bool IsMain = true);

/// <summary>An axis with its ends and ticks in values of the quantity itself.</summary>
/// <param name="Name">The quantity in a word: a tooltip's line and the table's column.</param>
/// <param name="Title">The quantity with its unit; empty where the labels speak for themselves.</param>
/// <param name="Scale">Linear or logarithmic.</param>
/// <param name="Low">The lower end; above 0 on a logarithmic axis.</param>
/// <param name="High">The upper end, above the lower.</param>
/// <param name="Ticks">In order.</param>
internal sealed record Axis(string Name, string Title, AxisScale Scale, double Low, double High,
    IReadOnlyList<AxisTick> Ticks)
{
    // Beyond these a margin would leave what a double can hold.
    private const double Least = 1e-250;
    private const double Most = 1e250;

    public bool HasGrid { get; init; } = true;

    /// <summary>A value as a tooltip says it.</summary>
    public Func<double, string> Format { get; init; } = value => Numbers.Significant(value, 5);

    /// <summary>Whether the value has a place on the axis, inside its ends or beyond.</summary>
    public bool Has(double value) => double.IsFinite(value) && (Scale == AxisScale.Linear || value > 0);

    /// <summary>
    /// How far along the axis the value lies: 0 at the lower end, 1 at the upper, below and above beyond.
    /// </summary>
    public double Share(double value) => Scale == AxisScale.Linear ? (value - Low) / (High - Low)
        : (Math.Log(value) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low));

    /// <summary>The value so far along the axis.</summary>
    public double At(double share) => Scale == AxisScale.Linear ? Low + (share * (High - Low))
        : Math.Exp(Math.Log(Low) + (share * (Math.Log(High) - Math.Log(Low))));

    /// <summary>
    /// The same quantity on a scale between two ends, with ticks for these; itself where nothing changes.
    /// </summary>
    public Axis Over(AxisScale scale, double low, double high) => (scale, low, high) == (Scale, Low, High) ? this
        : (scale == AxisScale.Linear ? Linear(Name, Title, low, high)
            : Name == LossAxis.Name ? LossAxis.Between(Title, low, high)
            : LogBetween(Name, Title, low, high)) with { Format = Format, HasGrid = HasGrid };

    /// <summary>
    /// A logarithmic axis that shows all the values with a small margin; one value gets a factor of two either side.
    /// </summary>
    public static Axis Log(string name, string title, IEnumerable<double> values)
    {
        var positive = values.Where(v => v > 0 && double.IsFinite(v)).DefaultIfEmpty(1).ToList();
        var (low, high) = (Math.Max(positive.Min(), Least), Math.Min(positive.Max(), Most));
        var wide = Math.Log(high) - Math.Log(low);
        var margin = wide < Math.Log(1.5) ? 2 : Math.Exp(0.05 * wide);
        return LogBetween(name, title, low / margin, high * margin);
    }

    /// <summary>A logarithmic axis between two ends.</summary>
    public static Axis LogBetween(string name, string title, double low, double high) =>
        new(name, title, AxisScale.Log, Numbers.Drawn(low), Numbers.Drawn(high),
            AxisTicks.Decades(Numbers.Drawn(low), Numbers.Drawn(high)));

    /// <summary>A logarithmic axis between two ends with plain numbers at the given values.</summary>
    public static Axis LogAt(string name, string title, double low, double high, IEnumerable<double> ticks) => new(
        name, title, AxisScale.Log, low, high,
        [.. ticks.Where(t => t >= low && t <= high).Select(t => new AxisTick(t, Numbers.Plain(t)))]);

    /// <summary>The axis with its labels in other words.</summary>
    public Axis Labelled(Func<double, string> label) =>
        this with { Ticks = [.. Ticks.Select(t => t.Label is null ? t : t with { Label = label(t.At) })] };

    /// <summary>A linear axis between two ends.</summary>
    public static Axis Linear(string name, string title, double low, double high, int about = 6)
    {
        if (!(high > low))
            (low, high) = (low - Math.Max(Math.Abs(low) * 1e-3, 1e-6), low + Math.Max(Math.Abs(low) * 1e-3, 1e-6));
        return new Axis(name, title, AxisScale.Linear, low, high, AxisTicks.Even(low, high, about));
    }

    /// <summary>A linear axis that shows all the values with a margin of a twentieth at either end.</summary>
    public static Axis Around(string name, string title, IEnumerable<double> values, int about = 6)
    {
        var finite = values.Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (low, high) = (finite.Min(), finite.Max());
        var room = high > low ? 0.05 * (high - low) : 0;
        return Linear(name, title, low - room, high + room, about);
    }

    /// <summary>Names one below the other, the first on top, at whole numbers from the last name's 0 up.</summary>
    public static Axis Names(string name, IReadOnlyList<string> names) => new(
        name, "", AxisScale.Linear, -0.6, names.Count - 0.4,
        [.. names.Reverse().Select((label, i) => new AxisTick(i, label))]) { HasGrid = false };

    /// <summary>So many values, evenly spaced in the logarithm, from one to the other.</summary>
    public static IEnumerable<double> Between(double low, double high, int count) =>
        Enumerable.Range(0, count).Select(i => low * Math.Pow(high / low, (double)i / (count - 1)));
}
