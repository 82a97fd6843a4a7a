using System.Globalization;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outliers;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Reporting.Analysis;

/// <summary>A run that completed and should not be believed as it stands.</summary>
/// <param name="Row">Its row in runs.csv; 1 is the first run.</param>
/// <param name="Run">The run.</param>
/// <param name="Defects">What is wrong with it.</param>
/// <param name="Reasons">How that was seen, a clause each.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record RunVerdict(int Row, RunRow Run, RunDefects Defects, IReadOnlyList<string> Reasons,
    string Remedy);

/// <summary>
/// Which runs of a sweep failed without failing: a pure function of runs.csv and curves.csv, so that anyone comes to
/// the same flags from the files. A run is compared with those of its own recipe and vocabulary alone.
/// </summary>
internal static class RunVerdicts
{
    /// <summary>
    /// A loss that is not even this share below that of token frequencies, or, of runs from before these were counted,
    /// below ln(vocabulary), is no better than it: what stands before a token is worth more in any text with an order
    /// (frequencies themselves are worth 15 % of ln 1,024 in English).
    /// </summary>
    private const double LeastLearned = 0.02;

    /// <summary>The runs with a defect, in the order of the rows.</summary>
    public static IReadOnlyList<RunVerdict> Find(IReadOnlyList<RunRow> runs, IReadOnlyList<CurveRow> curves)
    {
        var points = curves.ToLookup(c => c.RunId);
        var judged = runs.Select((run, index) => (Row: index + 1, Run: run))
            .Where(r => r.Run is { State: RunState.Completed, LossValidation: { } loss } && double.IsFinite(loss))
            .Select(r => new Finding(r.Row, r.Run, CurveVerdict.From(points[r.Run.RunId]))).ToList();
        foreach (var one in judged) one.CheckOwnCurve();
        foreach (var recipe in judged.GroupBy(j => (j.Run.Variant, j.Run.Vocabulary)))
            Neighbours(recipe.ToDictionary(j => j.Row));
        return [.. judged.Where(j => j.Defects != RunDefects.None).Select(j => j.Verdict())];
    }

    /// <summary>The rows with their flags.</summary>
    public static IReadOnlyList<RunRow> Flag(IReadOnlyList<RunRow> runs, IReadOnlyList<RunVerdict> verdicts)
    {
        var flags = verdicts.ToDictionary(v => v.Row, v => v.Defects);
        return [.. runs.Select((run, index) => run with { Flags = flags.GetValueOrDefault(index + 1) })];
    }

    private static void Neighbours(Dictionary<int, Finding> recipe)
    {
        var observations = recipe.Values.OrderBy(j => j.Row).Select(j => new LossObservation(
            j.Run.ParametersWithHead, j.Run.Tokens, j.Run.Flops, j.Run.LossValidation!.Value, Row: j.Row)).ToList();
        var doubtful = recipe.Values.Where(j => j.Defects != RunDefects.None).Select(j => j.Row).ToHashSet();
        foreach (var above in NeighbourCheck.FindHighLosses(observations, doubtful))
            recipe[above.Row].CheckNeighbours(above, above.Neighbour is { } row ? recipe[row].Run : null);
    }

    /// <summary>What is found of one run, bit by bit.</summary>
    private sealed class Finding(int row, RunRow run, CurveVerdict curve)
    {
        private readonly List<string> _reasons = [];

        public int Row => row;

        public RunRow Run => run;

        public RunDefects Defects { get; private set; }

        private string Spiked => run is { LossSpikes: > 0, FirstSpikeStep: { } step }
            ? string.Create(CultureInfo.InvariantCulture, $", after a loss spike at step {step}") : "";

        private double Steps => Math.Round((double)run.Tokens / run.BatchTokens);

        /// <summary>What its own loss and curves show.</summary>
        public void CheckOwnCurve()
        {
            var loss = run.LossValidation!.Value;
            var untrained = Math.Log(run.Vocabulary);
            var ofUntrained =
                string.Create(CultureInfo.InvariantCulture, $"ln({run.Vocabulary}), the loss of an untrained model");
            var (floor, what) = run.LossUnigram is { } unigram
                ? (unigram, "what knowing only how often each token occurs would score") : (untrained, ofUntrained);
            if (loss >= floor * (1 - LeastLearned))
            {
                var nor = run.LossUnigram is not null && loss >= untrained * (1 - LeastLearned)
                    ? $", nor than {Loss(untrained)}, {ofUntrained}" : "";
                Add(RunDefects.Undertrained, $"ends at {Loss(loss)}, {(loss < floor ? "hardly" : "no")} better than "
                    + $"{Loss(floor)}, {what}{nor}");
            }

            if (curve.TrainingRise is { } rise)
                Add(RunDefects.Unstable, $"training loss rises by {Loss(rise)} over the last third");
            if (curve.AboveOwnLevel is { } above)
            {
                Add(RunDefects.Unstable, $"training loss ends {Loss(above)} above a level that it had earlier{Spiked}");
            }

            if (curve.ValidationRise is { } validation)
            {
                var byHeart = run.Epochs > RepetitionStudy.Repeats
                    && curve is { TrainingFalls: true, TrainingRise: null };
                Add(
                    byHeart ? RunDefects.Overfitted : RunDefects.Unstable,
                    $"validation loss rises by {Loss(validation)} over the last third"
                    + (byHeart ? " while training loss falls" : ""));
            }
        }

        /// <summary>What its neighbours show. An own cause is cause enough; else it is how far training came.</summary>
        public void CheckNeighbours(HighLoss above, RunRow? neighbour)
        {
            var by = neighbour is null ? "the surface through the other runs"
                : $"{Name(neighbour)} at {Loss(neighbour.LossValidation!.Value)}";
            var reason =
                $"ends at {Loss(above.Loss)} where {by} predicts "
                    + $"{(neighbour is null ? "" : "at most ")}{Loss(above.Predicted)}";
            if (Defects.HasFlag(RunDefects.Unstable) || Defects.HasFlag(RunDefects.Overfitted))
                _reasons.Add(reason);
            else if (run.Epochs > RepetitionStudy.Repeats && curve.TrainingEnd <= above.Predicted + above.Tolerance)
                Add(RunDefects.Overfitted, $"{reason}, and its training loss of "
                    + $"{Loss(curve.TrainingEnd.Value)} keeps to that");
            else
                Add(RunDefects.Undertrained, reason + Spiked);
        }

        public RunVerdict Verdict() => new(row, run, Defects, _reasons, string.Join("; ", Remedies()));

        private IEnumerable<string> Remedies()
        {
            var rate = run.LearningRate.ToString("G3", CultureInfo.InvariantCulture);
            var spiked = Defects == RunDefects.Undertrained && run.LossSpikes > 0;
            if (Defects.HasFlag(RunDefects.Unstable) || spiked)
                yield return $"lower the learning rate "
                    + $"({rate}) to a half or a quarter, or use qkNorm or a longer warm-up";
            if (Defects.HasFlag(RunDefects.Overfitted))
                yield return "use a larger corpus, fewer tokens or a smaller model";
            if (Defects == RunDefects.Undertrained && !spiked)
            {
                yield return $"try the learning rate ({rate}) times 1/4, 1/2, 2 and 4";
                yield return Steps < Plan.FewSteps
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"it took only {Steps:N0} steps: give a smaller batch or more tokens") : "try half the batch";
            }
        }

        private void Add(RunDefects defect, string reason)
        {
            Defects |= defect;
            _reasons.Add(reason);
        }

        private static string Name(RunRow other) => $"{other.Model} on {Numbers.Count(other.Tokens)} tokens";

        private static string Loss(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
    }
}
