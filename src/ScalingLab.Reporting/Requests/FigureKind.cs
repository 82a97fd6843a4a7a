using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Tables;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Requests;

/// <summary>A figure that can be asked for by its name.</summary>
/// <param name="Name">Its name; figures of one recipe among several, or of one quantity, have more after it.</param>
/// <param name="Shows">What it shows, in a line.</param>
/// <param name="Needs">The results that have it.</param>
public sealed record FigureKind(string Name, string Shows, string Needs)
{
    /// <summary>Whether several results fit on it, and a column of runs.csv can colour its runs.</summary>
    public bool TakesGroups { get; init; }

    /// <summary>Whether its horizontal axis is a quantity that is read on either scale.</summary>
    public bool TakesScale { get; init; } = true;

    internal bool IsOfTune => Name.StartsWith("tune-", StringComparison.Ordinal);

    private const string NeedsLaw = "a parametric law, of one recipe or with a fit that is sure";

    /// <summary>Every figure, in the report's order.</summary>
    public static IReadOnlyList<FigureKind> All { get; } =
    [
        new(LossCurvesFigure.Name, "loss over compute, tokens or time, one curve a run",
            "runs with points in curves.csv") { TakesGroups = true },
        new(IsoFlopFigure.Name, "loss over size at each budget, with the minima",
            "runs at compute budgets, of one recipe or with a fit that is sure")
        {
            TakesGroups = true,
        },
        new(FrontierFigure.Name, "N and D of the lowest loss over compute",
            "two minima or a law, of one recipe or with a fit that is sure"),
        new(ContourFigure.Name, "the law L(N, D) as lines of equal loss, with the runs and the frontier", NeedsLaw),
        new(ParametricFigure.Name, "predicted against measured loss, held-out runs marked", NeedsLaw)
            { TakesScale = false },
        new(ParametricFigure.Residuals, "what the parametric law misses, against N, D and C", NeedsLaw),
        new(ComparisonFigure.Name, "the advice beside published laws", "a fit that is sure"),
        new(RepetitionFigure.Name, "loss over passes over the text", "a sweep over uniqueTokens"),
        new(RepetitionFigure.UniqueTokens, "loss over unique tokens at each length", "a sweep over uniqueTokens"),
        new(RecipeFigures.Contrasts, "differences between recipes with their intervals", "a sweep over recipes")
            { TakesScale = false },
        new(RecipeComputeFigure.Name, "loss over compute by recipe", "recipes at several lengths"),
        new(RecipeFigures.Tuning, "losses over the tuned field", "recipes at several rates"),
        new(MachineFigure.Name, "speed, MFU, memory and energy by model size", "completed runs of two sizes"),
        new(CostFigure.Name, "predicted against measured time and memory",
            "runs with predicted_seconds or predicted_peak_bytes") { TakesScale = false },
        new(TimelineFigure.Name, "which slot ran what when, and how it ended",
            "attempts.csv, which 'lab run' and 'lab serve' write") { TakesScale = false },
        new(TuneFigures.Laws, "the optimum over N and D", "'lab tune', with a law that was found"),
        new(TuneFigures.Published, "the same beside published laws",
            "'lab tune' of rates or batches, with a law that was found"),
        new(TuneFigures.Profile, "the losses behind the optimum, a figure a quantity", "'lab tune'"),
    ];

    /// <summary>The kind of a figure of this name.</summary>
    /// <exception cref="InputException">There is none: with the nearest.</exception>
    internal static FigureKind Find(string name) =>
        All.FirstOrDefault(kind => kind.IsOfKind(name))
        ?? throw new InputException("NAME", $"no figure is called "
            + $"'{name}'{NearestWord.Hint(name, [.. All.Select(kind => kind.Name)])}");

    /// <summary>The figures of this kind that some results have, and those that they have not.</summary>
    /// <param name="folder">The results.</param>
    /// <param name="sweep">The same as read; null: a tune's.</param>
    /// <param name="over">What loss curves go over.</param>
    /// <param name="stop">Ends the fits early.</param>
    internal FigureSet FromResults(string folder, SweepTable? sweep, CurveAxis over, CancellationToken stop)
    {
        var file = Path.Combine(folder, "runs.csv");
        var all = sweep is null
            ? new FigureSet(TuneFigures.Create(RecipeTune.FitAll(RunsCsv.Read(file), file, new TuneWriteOptions())[0]),
                [])
            : Name switch
            {
                // These need no fit, which takes seconds.
                LossCurvesFigure.Name => Single(LossCurvesFigure.Create(sweep.Runs, sweep.Curves, over), Name,
                    over == CurveAxis.Time ? "no run with a point on its curve has a speed"
                    : "no run has a point on its curve"),
                MachineFigure.Name => Single(MachineFigure.Create(sweep.Runs), Name, MachineFigure.Absence),
                CostFigure.Name => Single(CostFigure.Create(sweep.Runs), Name, CostFigure.Absence),
                TimelineFigure.Name =>
                    Single(TimelineFigure.Create(sweep.Runs, sweep.Attempts), Name, TimelineFigure.Absence),
                RepetitionFigure.Name => Single(RepetitionFigure.Create(sweep.Runs)),
                RepetitionFigure.UniqueTokens => Single(RepetitionFigure.CreateByUniqueTokens(sweep.Runs)),
                RecipeFigures.Contrasts or RecipeComputeFigure.Name or RecipeFigures.Tuning =>
                    new FigureSet([.. RecipeFigures.Create(sweep.Runs, RecipeComparison.Create(sweep.Runs))], []),
                _ => FigureSet.Create(sweep, SweepFits.Fit(sweep.Runs, sweep.Curves, Fits(stop)),
                    RecipeComparison.Create([])),
            };
        return new FigureSet([.. all.Figures.Where(f => IsOfKind(f.Name))],
            [.. all.LeftOut.Where(f => IsOfKind(f.Name))]);
    }

    // A bootstrap takes ten times as long as all else, and these figures show nothing of it.
    private FitOptions Fits(CancellationToken stop) =>
        Name is IsoFlopFigure.Name or FrontierFigure.Name ? new ReportOptions().Fits(stop)
        : new ReportOptions { BootstrapDraws = 0 }.Fits(stop);

    private static FigureSet Single(Figure? figure) => new(figure is null ? [] : [figure], []);

    private static FigureSet Single(Figure? figure, string name, string absence) =>
        figure is null ? new([], [new(name, absence)]) : new([figure], []);

    private bool IsOfKind(string figure) => figure == Name || figure.StartsWith(Name + "-", StringComparison.Ordinal);
}
