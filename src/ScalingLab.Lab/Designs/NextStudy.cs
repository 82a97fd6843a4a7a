using ScalingLab.Fitting;
using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Extensions;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Lab.Designs;

/// <summary>What is asked of <c>lab next</c>.</summary>
/// <param name="Folder">The results.</param>
/// <param name="Target">The number to know better.</param>
/// <param name="Budget">What the next runs may cost, FLOPs.</param>
public sealed record NextRequest(string Folder, LawTarget Target, double Budget)
{
    /// <summary>A law taken in the place of the fit's; null: the fit's.</summary>
    public ParametricLaw? Law { get; init; }

    /// <summary>Presets to choose from; null: the ladder's and the sweep's own shapes.</summary>
    public IReadOnlyList<string>? Sizes { get; init; }

    /// <summary>Standard deviation of ln loss; null: as the runs scatter.</summary>
    public double? Noise { get; init; }

    /// <summary>Most runs of a cell; null: as many as the sweep has seeds.</summary>
    public int? Seeds { get; init; }

    /// <summary>Most runs.</summary>
    public int MostRuns { get; init; } = 200;

    /// <summary>How far N and D may lie outside the runs fitted, a factor.</summary>
    public double Reach { get; init; } = 4;
}

/// <summary>A chosen cell.</summary>
public sealed record NextCell(CandidateCell Cell, IReadOnlyList<int> Seeds);

/// <summary>A number before and after the next runs; errors of optima are those of the logarithm.</summary>
/// <param name="Target">The number.</param>
/// <param name="Value">As fitted, or by the law that was given.</param>
/// <param name="Before">Its standard error now, by the linearised law.</param>
/// <param name="After">The same after the next runs.</param>
public sealed record NextForecast(LawTarget Target, double Value, double Before, double After);

/// <summary>What it takes to tell a parameter that the runs do not tell.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Budget">FLOPs that would do, spent for it alone; null where no budget tried does within reach.</param>
public sealed record NextIdentification(string Name, double? Budget);

/// <summary>The next runs of a sweep.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="Grid">Its grid.</param>
/// <param name="Fit">What its runs say.</param>
/// <param name="Noise">The noise that further runs are taken to have.</param>
/// <param name="Candidates">How many cells there were to choose from.</param>
/// <param name="Flops">What the chosen runs cost.</param>
/// <param name="Cells">The chosen cells.</param>
/// <param name="Forecasts">What they are worth: the target first, then the law's own numbers.</param>
public sealed record NextStudy(
    MeasuredSweep Sweep, GridExtension Grid, FitDocument Fit, DesignNoise Noise, int Candidates, double Flops,
    IReadOnlyList<NextCell> Cells, IReadOnlyList<NextForecast> Forecasts)
{
    // As many of the bootstrap's laws stand for all of them: what is chosen hardly hangs on more.
    private const int MostLaws = 48;

    private static readonly double[] BudgetFactors = [1, 3, 10, 30, 100, 300, 1000];

    public int Runs => Cells.Sum(one => one.Seeds.Count);

    /// <summary>What would tell the parameters that the runs do not tell.</summary>
    public IReadOnlyList<NextIdentification> Identification { get; init; } = [];

    /// <summary>Fits the sweep and chooses.</summary>
    /// <exception cref="InputException">The results cannot be used, or hold no law.</exception>
    public static NextStudy Create(NextRequest request, string gridFolder, FitOptions options)
    {
        var sweep = MeasuredSweep.Read(request.Folder);
        var place = Path.Combine(request.Folder, "fit.json");
        if (sweep.GridJson is null)
            throw new InputException(place, "has no grid of the sweep; lab next adds runs to a sweep that lab made");
        var completed = sweep.Runs.Where(run => run.State == RunState.Completed).ToList();
        var rows = completed.Select((run, index) => run.ToObservation(index + 1)).OfType<LossObservation>().ToList();
        if (rows.Count == 0) throw new InputException(request.Folder, "has no completed run");
        var grid = GridExtension.Read(sweep.GridJson, place, gridFolder, (int)completed[0].Vocabulary);
        var fit = Fitter.Fit(new FitRows(rows), options with { Approaches = [FitApproach.Parametric] });
        var fitted = fit.Parametric!;
        if (fitted.Law is null && request.Law is null) throw NoLaw(request.Folder, fitted);
        var noise = DesignNoise.From(fitted, rows, options, request.Noise);
        var seeds = request.Seeds is { } count ? [.. grid.Grid.Seeds.Union(Enumerable.Range(1, count)).Take(count)]
            : grid.Grid.Seeds;
        var places = fitted.Residuals.Count > 0 ? fitted.Residuals
            : [.. rows.Select(one => new FitResidual(one.Row!.Value, one.Label, one.Parameters, one.Tokens, one.Flops,
                one.Loss, one.Loss, 0))];
        // Where a run was too short or went astray, the law is not to be trusted for others.
        var flagged = rows.Where(one => one.Flags is not null).Select(one => one.Row).ToHashSet();
        var sound = places.Where(one => !flagged.Contains(one.Row)).ToList();
        var candidates = new CandidateCells(grid, sound.Count > 0 ? sound : places)
        {
            Reach = request.Reach, TrainTokens = sweep.TrainTokens, Seeds = seeds,
        };
        var cells = candidates.Find(request.Sizes, request.Budget);
        var perToken = ComputePerToken.From(rows);
        var study = new NextStudy(sweep, grid, fit, noise, cells.Count, 0, [], []);
        return study.Choose(request with { Target = request.Target with { FlopsPerToken = perToken } }, places, cells)
            with { Identification = study.Identify(request, places, candidates) };
    }

    // 99 % intervals, as the fit asks before it calls a parameter identified.
    private IReadOnlyList<NextIdentification> Identify(NextRequest request, IReadOnlyList<FitResidual> fitted,
        CandidateCells candidates)
    {
        var parametric = Fit.Parametric!;
        if (parametric.Law is not { } law || request.Law is not null) return [];
        var spread = fitted.Max(one => one.Loss) - fitted.Min(one => one.Loss);
        return [.. LawTarget.OfLaw.Where(one => parametric.Unidentified.Contains(one.Name)).Select(target =>
        {
            var budgets = BudgetFactors.Select(factor => factor * request.Budget);
            return new NextIdentification(target.Name, budgets.Cast<double?>().FirstOrDefault(budget =>
            {
                var cells = candidates.Find(request.Sizes, budget!.Value);
                var asked = Ask(request with { Target = target, Budget = budget.Value }, fitted, cells);
                if (OptimalDesign.Choose(asked) is not { } choice) return false;
                var interval = target.Interval(target.Of(law), choice.ErrorAfter,
                    fitted.Count + choice.Runs.Sum(one => one.Count), 0.99);
                return interval.Low > 0 && (target.Kind != LawTargetKind.Floor || interval.Width < spread);
            }));
        })];
    }

    private DesignRequest Ask(NextRequest request, IReadOnlyList<FitResidual> fitted,
        IReadOnlyList<CandidateCell> cells)
    {
        var draws = Fit.Parametric!.Draws;
        var step = Math.Max(1, draws.Count / MostLaws);
        IReadOnlyList<ParametricLaw> laws = request.Law is { } given ? [given]
            : draws.Count > 0 ? [.. draws.Where((_, index) => index % step == 0).Take(MostLaws)]
            : [Fit.Parametric.Law!];
        return new DesignRequest(request.Target, laws, Noise.Effective,
            [.. fitted.Select(one => (one.Parameters, one.Tokens))])
        {
            Candidates = [.. cells.Select(one => one.Run)], Budget = request.Budget, MostRuns = request.MostRuns,
        };
    }

    private NextStudy Choose(NextRequest request, IReadOnlyList<FitResidual> fitted,
        IReadOnlyList<CandidateCell> cells)
    {
        var law = request.Law ?? Fit.Parametric!.Law!;
        if (!(Noise.Effective > 0))
        {
            throw new InputException("--noise",
                "the runs do not tell how they scatter: give the standard deviation of ln loss");
        }

        var asked = Ask(request, fitted, cells);
        var choice = OptimalDesign.Choose(asked)
            ?? throw new InputException("--target", $"{request.Target.Name} has no value under the law of these runs");
        var chosen = choice.Runs.ToDictionary(one => one.Candidate, one => one.Count,
            (IEqualityComparer<RunCandidate>)ReferenceEqualityComparer.Instance);
        List<LawTarget> targets =
            [request.Target, .. LawTarget.OfLaw.Where(one => one.Kind != request.Target.Kind)];
        return this with
        {
            Flops = choice.Flops,
            Cells = [.. cells.Where(one => chosen.ContainsKey(one.Run))
                .Select(one => new NextCell(one, [.. one.Seeds.Take(chosen[one.Run])]))],
            Forecasts = [.. from target in targets
                            let errors = OptimalDesign.Error(asked, choice, target)
                            where errors is not null
                            select new NextForecast(target, target.Of(law), errors.Value.Before, errors.Value.After)],
        };
    }

    private static InputException NoLaw(string folder, ParametricFit fit) => new(folder,
        string.Join(" ", fit.Warnings.Select(one => one.Text))
            + " Make these runs first, or say with --law which law to expect, e.g. "
            + "E=1.8,A=406,B=410,alpha=0.34,beta=0.28");

    /// <summary>The grid with the chosen cells beside its own.</summary>
    public string WriteGrid(string name) => Grid.Write(name,
        [.. from one in Cells
            from seed in one.Seeds
            select new CellChoice(one.Cell.Model.Name, (one.Cell.Length.Kind, one.Cell.Length.Value), seed)]);
}
