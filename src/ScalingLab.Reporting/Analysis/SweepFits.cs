using ScalingLab.Fitting;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Downstream;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Analysis;

/// <summary>A run that no fit used, and why.</summary>
/// <param name="Row">Its row in runs.csv; 1 is the first run.</param>
/// <param name="Run">The run.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record ExcludedRun(int Row, RunRow Run, string Reason);

/// <summary>A run with its row in runs.csv; 1 is the first run.</summary>
internal sealed record NumberedRun(int Row, RunRow Run);

/// <summary>The fits of the runs of one recipe.</summary>
/// <param name="Variant">The varied recipe fields, e.g. "positions=learned"; empty where the sweep varies none.</param>
/// <param name="Runs">Its completed runs.</param>
/// <param name="Fit">What they say.</param>
/// <param name="FlopsPerToken">FLOPs a token of a model of N parameters, as the frontier takes them; null where C =
/// 6ND.</param>
internal sealed record VariantFit(string Variant, IReadOnlyList<NumberedRun> Runs, FitDocument Fit,
    Func<double, double>? FlopsPerToken)
{
    public string Headline => Fitter.Headline(Fit);

    /// <summary>
    /// Whether sizes and lengths vary, so that a law can say how loss goes with either; else the runs compare recipes.
    /// </summary>
    public bool IsLaw => Runs.Select(r => r.Run.ParametersWithHead).Distinct().Count() > 1
        && Runs.Select(r => r.Run.Tokens).Distinct().Count() > 1;

    /// <summary>Whether a fit says what more compute should buy.</summary>
    public bool IsSure =>
        Fit.Parametric is { Status: FitStatus.Converged, ParametersExponent: not null, TokensExponent: not null }
        || Fit.Isoflop is { Status: FitStatus.Converged, ParametersExponent: not null, TokensExponent: not null };
}

/// <summary>
/// The fits of a sweep: completed runs are observations, replicated seeds each their own; runs of different recipes are
/// different experiments and are fitted apart. N is blocks and head (Porian et al. 2024), C is counted exactly.
/// </summary>
internal sealed record SweepFits(SweepQuestion Question, IReadOnlyList<VariantFit> Variants,
    IReadOnlyList<ExcludedRun> Excluded)
{
    public const string CountOfParameters =
        "blocks and output product, without the embedding (Porian et al. 2024): parameters_with_head";
    public const string CountOfFlops = "counted from the shape, attention in full, head included: flops";

    private const int ManyObservations = 500;

    // Enough for the quantiles of an interval of 95 %: ten draws lie beyond either end.
    private const int FewestDraws = 400;

    /// <summary>
    /// The fits that fit.json has: a single recipe's whatever it says, of several those whose sizes and lengths vary.
    /// </summary>
    public IReadOnlyList<VariantFit> Laws { get; } = Variants.Count == 1 ? Variants : [.. Variants.Where(v => v.IsLaw)];

    /// <summary>
    /// The fits that the report speaks of: a single recipe's where a law is asked for, of several those that are sure.
    /// </summary>
    public IReadOnlyList<VariantFit> Shown { get; } =
        [.. Variants.Where(v => Variants.Count == 1 ? Question.AsksForLaw : v is { IsLaw: true, IsSure: true })];

    /// <summary>Scores of tasks as functions of the loss, through the runs of every recipe.</summary>
    public IReadOnlyList<DownstreamFit> Downstream { get; private init; } = [];

    /// <summary>
    /// The data-constrained fit of each recipe, named by what varies beside the number of unique tokens.
    /// </summary>
    public IEnumerable<(string Recipe, DataConstrainedFit? Fit)> DataConstrained() =>
        Variants.Where(v => v.Runs.Count > 0)
        .GroupBy(v => v.Runs[0].Run.VariantOfAnyText).Select(g => (g.Key, g.First().Fit.DataConstrained));

    /// <summary>Whether R_D* may be quoted: R_N* alone may be left open.</summary>
    public static bool HoldsTokensDecay(DataConstrainedFit fit) => fit.Status == FitStatus.Converged
        || (fit.Status == FitStatus.Unidentified && fit is { TokensDecay: not null }
            && fit.Unidentified.All(name => name == "r_n_star"));

    /// <summary>Fits the completed runs of each recipe, without the flagged ones if asked.</summary>
    public static SweepFits Fit(IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves, FitOptions options,
        bool excludeFlagged = false)
    {
        var numbered = runs.Select((run, index) => new NumberedRun(index + 1, run)).ToList();
        string? Why(RunRow run) => Reason(run)
            ?? (excludeFlagged && run.Flags != RunDefects.None ? $"flagged {RunDefectNames.Join(run.Flags)}" : null);
        var excluded = numbered.Where(r => Why(r.Run) is not null)
            .Select(r => new ExcludedRun(r.Row, r.Run, Why(r.Run)!)).ToList();
        var used = numbered.Where(r => Why(r.Run) is null).ToList();
        var recipes = numbered.Select(r => r.Run.Variant).Distinct().ToList();
        // How a score goes with the loss does not hang on the recipe that brought the loss: of several, all runs are
        // fitted together.
        var alone = recipes.Count == 1;
        var variants = recipes.Select(variant =>
        {
            var own = used.Where(r => r.Run.Variant == variant).ToList();
            var observations = own.Select(r => alone ? Observation(r) : Observation(r) with { Scores = null }).ToList();
            // The data-constrained law is about what changes with the number of unique tokens, so it alone takes these
            // runs together.
            var anyText = used.Where(r => own.Count > 0 && r.Run.VariantOfAnyText == own[0].Run.VariantOfAnyText)
                .Select(Observation).ToList();
            var rows = new FitRows(observations)
            {
                Curves = [.. Points(own, curves)],
                DataConstrained = anyText.Count > observations.Count ? anyText : null,
            };
            var fit = Fitter.Fit(rows, options with { Bootstrap = Draws(options.Bootstrap, observations.Count) });
            return new VariantFit(variant, own, fit, ComputePerToken.From(observations));
        });
        var fitted = variants.ToList();
        return new SweepFits(SweepQuestion.Infer(runs), fitted, excluded)
        {
            Downstream = alone ? fitted[0].Fit.Downstream ?? []
                : DownstreamFitter.Fit([.. used.Select(Observation)], options),
        };
    }

    // A draw takes the longer the more it draws from: of ten thousand runs four thousand would take a quarter of an
    // hour.
    private static int Draws(int asked, int observations) => observations <= ManyObservations ? asked
        : Math.Min(asked, Math.Max(FewestDraws, (int)((long)asked * ManyObservations / observations)));

    private static LossObservation Observation(NumberedRun one) => one.Run.ToObservation(one.Row)!;

    // Training losses, as in Hoffmann et al. 2022, approach 1.
    private static IEnumerable<LossObservation> Points(List<NumberedRun> runs, IReadOnlyList<CurveRow> curves)
    {
        var byId = runs.DistinctBy(r => r.Run.RunId).ToDictionary(r => r.Run.RunId, r => r.Run);
        return curves.Select((point, index) => (Point: point, Row: index + 1))
            .Where(p => p.Point.LossTrain is not null && byId.ContainsKey(p.Point.RunId))
            .Select(p => new LossObservation(
                byId[p.Point.RunId].ParametersWithHead, p.Point.Tokens, p.Point.Flops, p.Point.LossTrain!.Value, null,
                p.Point.RunId, p.Row,
                RunObservations.DistinctTokens(byId[p.Point.RunId])));
    }

    /// <summary>Why a run is no observation; null where it is one.</summary>
    private static string? Reason(RunRow run) => run.State switch
    {
        RunState.Completed when run.LossValidation is null => "completed, but has no validation loss",
        RunState.Completed => null,
        RunState.Pending => "not run yet",
        RunState.Running => "still running",
        RunState.Cancelled => "cancelled",
        RunState.Quarantined => $"set aside after {run.Attempts} attempts{Because(run.FailureKind)}",
        _ => $"failed{Because(run.FailureKind)}",
    };

    private static string Because(FailureKind? kind) => kind switch
    {
        null => "",
        FailureKind.Configuration => ": the specification cannot be trained",
        FailureKind.Data => ": its data are missing, damaged or others",
        FailureKind.Environment => ": the machine lacks something",
        FailureKind.OutOfMemory => ": out of memory",
        FailureKind.Diverged => ": diverged, the loss became NaN or infinite",
        FailureKind.Crashed => ": the worker crashed",
        FailureKind.Interrupted => ": interrupted",
        FailureKind.LeaseExpired => ": the node that held it stopped answering",
        _ => $": {EnumNames.ToName(kind.Value)}",
    };
}
