using ScalingLab.Fitting;
using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>The parametric law against the runs: predicted beside measured loss, and what is left over.</summary>
internal static class ParametricFigure
{
    public const string Name = "parametric";

    public static Figure? Of(string name, string? subtitle, PlottedRuns runs, ParametricFit fit)
    {
        var rows = fit.Residuals.Where(r => double.IsFinite(r.Predicted) && r.Predicted > 0).ToList();
        if (fit.Law is null || rows.Count == 0) return null;
        var models = runs.Models();
        var size = Axis.Log("N", "N", rows.Select(r => r.Parameters)) with { Say = Numbers.Count };
        var caution = fit.Status == FitStatus.Converged ? "" :
            $" The fit's status is {EnumWords.Of(fit.Status)}: other parameter values describe the runs as well, so its numbers must not be quoted.";
        return new Figure(name, "Parametric law against runs",
            "Left: loss predicted by L = E + A/N^α + B/D^β against the loss measured, every run fitted; on the line they are equal. " +
            "Right: the logarithm of their ratio against compute." + caution +
            (rows.Exists(r => runs.FlagsOf(r.Row) is not null) ? FigureAxes.CrossedCaption : ""),
            [Predicted(runs, rows, models, size), LeftOver(runs, rows, models, size)])
        {
            Subtitle = Law(subtitle, fit),
            Beside = models.Count == 0 ? [] : [Key.Ordered("Model", models)],
            Bar = models.Count > 0 ? null : new ColourBar(size, Colours.Along),
        };
    }

    private static string Law(string? variant, ParametricFit fit)
    {
        var law = fit.Law!;
        string N(double value) => Numbers.Significant(value, 3);
        var said = fit.Status == FitStatus.Converged
            ? $"L = {N(law.E)} + {N(law.A)} / N^{N(law.Alpha)} + {N(law.B)} / D^{N(law.Beta)}"
            : $"status: {EnumWords.Of(fit.Status)}";
        return variant is null ? said : $"{variant}; {said}";
    }

    private static Panel Predicted(PlottedRuns runs, List<FitResidual> rows, IReadOnlyList<string> models, Axis size)
    {
        var (low, high) = (rows.Min(r => Math.Min(r.Loss, r.Predicted)), rows.Max(r => Math.Max(r.Loss, r.Predicted)));
        var room = Math.Max(0.04 * (high - low), 0.002);
        (low, high) = (Numbers.Drawn(low - room), Numbers.Drawn(high + room));
        return new Panel(
            Axis.Linear("measured", "Measured loss (nats/token)", low, high, 7) with { Say = Numbers.Loss },
            Axis.Linear("predicted", "Predicted loss (nats/token)", low, high, 7) with { Say = Numbers.Loss },
            [Line(new Place(low, low), new Place(high, high)), .. Points(runs, rows, models, size, r => new Place(r.Loss, r.Predicted))])
        {
            Width = 240,
        };
    }

    private static Panel LeftOver(PlottedRuns runs, List<FitResidual> rows, IReadOnlyList<string> models, Axis size)
    {
        var most = Numbers.Drawn(1.12 * Math.Max(rows.Max(r => Math.Abs(Left(r))), 1e-6));
        return new Panel(
            FigureAxes.Compute(rows.Select(r => r.Flops)), Axis.Linear("residual", "ln(predicted / measured)", -most, most, 8),
            [new Rule(0, IsVertical: false) { Colour = Colours.Grey }, .. Points(runs, rows, models, size, r => new Place(r.Flops, Left(r)))])
        {
            Width = 250,
        };
    }

    private static double Left(FitResidual row) => Math.Log(row.Predicted / row.Loss);

    private static Curve Line(Place from, Place to) => new([from, to]) { Colour = Colours.Grey, Width = 0.9 };

    // By model where the models have names and are few, else each by its size.
    private static IEnumerable<Mark> Points(
        PlottedRuns runs, List<FitResidual> rows, IReadOnlyList<string> models, Axis size, Func<FitResidual, Place> at)
    {
        var groups = rows.GroupBy(r =>
            (IsFlagged: runs.FlagsOf(r.Row) is not null, Model: models.Count > 0 ? r.Label! : "", N: models.Count > 0 ? 0 : r.Parameters));
        foreach (var group in groups.OrderBy(g => g.Key.IsFlagged))
        {
            var dots = new Dots([.. group.Select(r => Dot(r, at(r), runs.FlagsOf(r.Row)))])
            {
                Colour = models.Count > 0 ? Colours.Ordered(models.ToList().IndexOf(group.Key.Model), models.Count) : Colours.Along(size.Share(group.Key.N)),
                Series = models.Count > 0 ? [group.Key.Model] : [], Opacity = 0.9, Size = 6.2,
            };
            yield return group.Key.IsFlagged ? dots.Crossed() : dots;
        }
    }

    private static Dot Dot(FitResidual row, Place at, string? flags) => new(at.X, at.Y,
        [.. Fact.Known(("model", row.Label), ("flags", flags)), RunFacts.Size(row.Parameters), RunFacts.Tokens(row.Tokens)]);
}
