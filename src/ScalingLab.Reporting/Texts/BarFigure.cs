using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Formats;

namespace ScalingLab.Reporting.Texts;

/// <summary>Bars one below the other, with their numbers.</summary>
internal static class BarFigure
{
    private const double RowHeight = 22;
    private const double Width = 420;

    public static Figure Create(TextChart chart)
    {
        var most = chart.Bars.Max(bar => bar.Value);
        var x = Axis.Linear(chart.Quantity, chart.Quantity, 0, most > 0 ? 1.05 * most : 1) with
        {
            Format = value => Numbers.Significant(value, 4),
        };
        var last = chart.Bars.Count - 1;
        return new Figure(chart.Name, chart.Title, chart.Caption,
        [
            new Panel(x, Axis.Names(chart.Of, [.. chart.Bars.Select(bar => bar.Label)]),
                [.. chart.Bars.Index().Select(bar => new Bars([new ValueSpan(last - bar.Index, 0, bar.Item.Value)])
                {
                    Colour = Colours.Blue,
                    Item = bar.Item.Label,
                    Facts = [new Fact(chart.Of, bar.Item.Label), Fact.FromNumber(chart.Quantity, bar.Item.Value)],
                })])
            {
                Width = Width, Height = RowHeight * (chart.Bars.Count + 0.5),
            },
        ]);
    }
}
