using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Figures.Laws;

/// <summary>
/// The runs of a parametric fit as dots, by model or by size, and as rings those of the largest budget by the law
/// fitted without it.
/// </summary>
internal sealed class LawDots
{
    private const string Seen = "by the law fitted to every run";
    private const string Unseen = "held out: by the law fitted without the largest budget";

    private readonly PlottedRuns _runs;
    private readonly List<FitResidual> _fitted;
    private readonly IReadOnlyList<FitResidual> _held;
    private readonly IReadOnlyList<string> _models;
    private readonly Axis _size;
    private readonly FitDocument _fit;

    private LawDots(PlottedRuns runs, FitDocument fit, List<FitResidual> fitted)
    {
        (_runs, _fit, _fitted, _models) = (runs, fit, fitted, runs.Models());
        _held = fit.Extrapolation?.HeldOut ?? [];
        _size = Axis.Log("N", "N", fitted.Select(r => r.Parameters)) with { Format = Numbers.Count };
    }

    /// <summary>Fitted and held-out rows; a run of the largest budget is in both.</summary>
    public IEnumerable<FitResidual> All => _fitted.Concat(_held);

    public bool HasFlagged => _fitted.Exists(r => _runs.FlagsOf(r.Row) is not null);

    /// <summary>What a caption says of rings and of a fit that is not sure.</summary>
    public string Signs => string.Join(' ', new[]
    {
        _held.Count == 0 ? ""
            : $"Rings: the runs of the largest budget ({Numbers.Scientific(_fit.Extrapolation!.HeldOutFlops)} FLOPs) "
                + "as the law predicts "
            + "them that was fitted without it.",
        _fit.Parametric!.Status == FitStatus.Converged ? ""
            : $"The fit's status is {EnumNames.ToName(_fit.Parametric.Status)}: other parameter values describe the "
                + "runs as well, so quote none.",
    }.Where(sentence => sentence.Length > 0));

    /// <summary>Null where the fit has no law.</summary>
    public static LawDots? Create(PlottedRuns runs, FitDocument fit)
    {
        if (fit.Parametric is not { Law: not null } parametric) return null;
        var rows = parametric.Residuals.Where(r => double.IsFinite(r.Predicted) && r.Predicted > 0).ToList();
        return rows.Count == 0 ? null : new LawDots(runs, fit, rows);
    }

    /// <summary>Every row at its place.</summary>
    public IEnumerable<Mark> Marks(Func<FitResidual, PlotPoint> at)
    {
        foreach (var group in Groups(_fitted).OrderBy(g => g.Key.IsFlagged))
        {
            var dots =
                Dots(group, at) with
                { Opacity = 0.9, Size = 6.2,
                    Series = [.. Model(group.Key), .. _held.Count > 0 ? [Seen] : (string[])[]] };
            yield return group.Key.IsFlagged ? dots.Crossed() : dots;
        }

        foreach (var group in Groups(_held))
            yield return Dots(group, at) with
                { Shape = Shape.Ring, Size = 7.2, Series = [.. Model(group.Key), Unseen] };
    }

    /// <summary>The figure with its keys.</summary>
    public Figure Framed(Figure figure) => figure with
    {
        Beside = _models.Count == 0 ? [] : [FigureLegend.Ordered("Model", _models)],
        Bar = _models.Count > 0 ? null : new ColourBar(_size, Colours.Along),
        Below = _held.Count == 0 ? null
            : new FigureLegend(null,
                [new LegendEntry(Seen, Colours.Grey), new LegendEntry(Unseen, Colours.Grey, Shape.Ring)])
                { Columns = 2 },
    };

    // By model where the models have names and are few, else each by its size.
    private IEnumerable<IGrouping<(bool IsFlagged, string? Model, double N), FitResidual>> Groups(
        IEnumerable<FitResidual> rows) => rows.GroupBy(r =>
        (_runs.FlagsOf(r.Row) is not null, _models.Count > 0 ? r.Label : null, _models.Count > 0 ? 0 : r.Parameters));

    private static IEnumerable<string> Model((bool IsFlagged, string? Model, double N) group) =>
        group.Model is { } model ? [model] : [];

    private Dots Dots(IGrouping<(bool IsFlagged, string? Model, double N), FitResidual> group,
        Func<FitResidual, PlotPoint> at) =>
        new([.. group.Select(r => Dot(r, at(r)))])
        {
            Colour = group.Key.Model is { } model ? Colours.Ordered(_models.ToList().IndexOf(model), _models.Count)
                : Colours.Along(_size.Share(group.Key.N)),
        };

    private Dot Dot(FitResidual row, PlotPoint at) => new(at.X, at.Y,
        [.. Fact.Known(("model", row.Label), ("flags", _runs.FlagsOf(row.Row))), RunFacts.Size(row.Parameters),
            RunFacts.Tokens(row.Tokens)]);
}
