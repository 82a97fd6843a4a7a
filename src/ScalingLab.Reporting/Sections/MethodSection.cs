using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using static ScalingLab.Reporting.Formats.ReportText;

namespace ScalingLab.Reporting.Sections;

/// <summary>
/// How it was done, point by point of the checklist for studies of scaling laws by Li et al. 2025 (arXiv 2502.18969):
/// the law, the training, the data points, the fit.
/// </summary>
internal static class MethodSection
{
    public static IEnumerable<Block> Write(ReportContent content)
    {
        yield return new Heading(2, "Method");
        yield return new Paragraph("What Li et al. 2025 (arXiv 2502.18969) ask every study of scaling laws to say, in "
            + "their order.");
        yield return new Heading(3, "The law, and what is counted");
        yield return new Bullets([.. Law(content.Fits)]);
        yield return new Heading(3, "Training");
        yield return new Bullets([.. Training(content.Sweep)]);
        yield return new Heading(3, "Data points");
        yield return new Bullets([.. Points(content)]);
        yield return new Heading(3, "Fitting");
        yield return new Bullets([.. Fitting(content)]);
    }

    private static IEnumerable<Line> Law(SweepFits fits)
    {
        if (fits.Question.AsksForLaw)
        {
            yield return "Form: L(N, D) = E + A/N^α + B/D^β with E, A, B, α and β to be fitted (Hoffmann et al. 2022, "
                + "approach 3), and N_opt = k C^a, "
                + "D_opt = k' C^b through the loss minima of each compute budget (their approach 2). It takes the "
                    + "losses that size and data cost to add up, "
                + "each a power law, and every run to be as well tuned as every other.";
        }
        else yield return "Form: no law of size and data is asked for; losses are compared as they are.";

        yield return Line.Marked("N, parameters: blocks and output product, without the embedding (Porian et al. 2024, "
            + "arXiv 2406.19146), column "
            + "`parameters_with_head`. The fits use this N.");
        yield return Line.Marked("D, tokens: training tokens, repeats included, column `tokens`.");
        yield return Line.Marked("C, FLOPs: counted from the shape, 2 a multiply-add, the backward pass twice the "
            + "forward pass, attention in full "
            + "and the output product included, column `flops`. "
            + "Where a fit needs C for a size that was not run, it takes 6N FLOPs a token and a power law in N for "
                + "attention's share, "
            + "through the sizes run. The program that counts is open: `src/ScalingLab.Runs/Models/FlopCount.cs`, "
                + "`ParameterCount.cs`.");
        yield return Line.Marked("L, loss: nats/token on the fixed validation set after the last step, column "
            + "`loss_validation`. Seeds of one "
            + "cell are separate observations.");
    }

    private static IEnumerable<Line> Training(SweepTable sweep)
    {
        var runs = sweep.Runs;
        if (runs.Count == 0)
        {
            yield return "No run.";
            yield break;
        }

        yield return $"Models: {ReportText.Plural(runs.Count, "run")} of "
            + $"{ReportText.Plural(runs.Select(r => r.Model).Distinct().Count(), "model")}, N from "
            + $"{Range(runs, r => r.ParametersWithHead, Numbers.Count)}, {Range(runs, r => r.Layers, Plain)} layers, "
                + $"width {Range(runs, r => r.Width, Plain)} "
            + $"(width over layers {Range(runs, r => (double)r.Width / r.Layers, v => Numbers.Significant(v, 3))}), "
            + $"context {Range(runs, r => r.Context, Plain)} tokens, "
                + $"{ReportText.Plural(runs.Select(r => r.Seed).Distinct().Count(), "seed")}.";
        yield return $"Data: D from {Range(runs, r => r.Tokens, Numbers.Count)} tokens, D/N from "
            + $"{Range(runs, r => r.Tokens / (double)r.ParametersWithHead, v => Numbers.Significant(v, 3))}. "
                + $"{CostSection.Epochs(runs)} \"Data\" below "
            + "names the text.";
        yield return Line.Marked($"Hyperparameters: learning rate "
            + $"{Range(runs, r => r.LearningRate, v => Numbers.Significant(v, 3))}, batch "
            + $"{Range(runs, r => r.BatchTokens, Numbers.Count)} tokens, precision "
            + $"{string.Join(", ", runs.Select(r => EnumNames.ToName(r.Precision)).Distinct())}. "
            + $"{Changes(runs)}What the grid does not give, and no size rule that it names, is the default of "
                + "`docs/recipes.md`, "
            + "`docs/recipes-optimizers.md` and `docs/size-rules.md`, where each was measured; every run has a "
                + "learning-rate schedule of its own length.");
        yield return "The code that trains is open, and the command under \"How to do it again\" runs it.";
    }

    private static string Changes(IReadOnlyList<RunRow> runs)
    {
        var sizes = runs.Select(r => r.ParametersWithHead).Distinct().Count();
        if (sizes < 2) return "";
        var (rate, batch) = (DependsOnSize(runs, r => r.LearningRate), DependsOnSize(runs, r => r.BatchTokens));
        return (rate, batch) switch
        {
            (true, true) => "Both change with size or length. ",
            (true, false) => "The rate changes with size or length, the batch does not. ",
            (false, true) => "The batch changes with size or length, the rate does not. ",
            _ => "Neither changes with size or length. ",
        };
    }

    private static bool DependsOnSize(IReadOnlyList<RunRow> runs, Func<RunRow, double> value) =>
        runs.GroupBy(r => r.Variant).Any(g => g.Select(value).Distinct().Count() > 1);

    private static IEnumerable<Line> Points(ReportContent content)
    {
        var used = content.Fits.Variants.Sum(v => v.Runs.Count);
        yield return $"Of each completed run its last loss is one observation: {ReportText.Whole(used)} in all. Losses "
            + "before a run's end serve the envelope "
            + "of training curves alone.";
        yield return (content.Sweep.About.Data?.ValidationTokens is { } held
                ? $"Loss is evaluated on held-out text of the same source ({Numbers.Count(held)} tokens there are; the "
                    + "windows are the same for every run)"
                : "Loss is evaluated on windows of held-out text, the same for every run")
            + ", with the weights as training left them: none are averaged, none interpolated, and none is published "
                + "with these results.";
        yield return Line.Marked("Every observation stands in `runs.csv`, every curve in `curves.csv`, both beside "
            + "this report.");
    }

    private static IEnumerable<Line> Fitting(ReportContent content)
    {
        var (fits, excluded) =
            (content.Fits, content.Fits.Excluded.Count + content.Fits.Variants.Sum(v => v.Fit.Input.Excluded.Count));
        if (fits.Shown.Count == 0)
        {
            yield return "Nothing is fitted by a law. Differences are of paired runs, with Student's t.";
        }
        else
        {
            var (options, law) = (fits.Shown[0].Fit.Input.Options, fits.Shown[0].Fit.Parametric);
            yield return $"Objective: Huber's cost with δ = {Numbers.Scientific(options.HuberDelta)} of the residuals "
                + "of ln L, summed; the IsoFLOP minima "
                + "by least squares of the curve that \"IsoFLOP minima\" names.";
            yield return $"Algorithm: Newton's method on the exact Hessian, damped, from "
                + $"{(law is { Starts: > 0 } ? ReportText.Whole(law.Starts) : "many")} "
                + $"starts, a grid over the exponents and random ones (seed {ReportText.Whole(options.Seed)}); the "
                    + "best end is taken, and \"Parametric law\" "
                + "says how many starts found it.";
            yield return $"Intervals: profiles of the cost, or "
                + $"{(options.Bootstrap > 0 ? ReportText.Whole(options.Bootstrap) : "no")} bootstrap draws of the "
                + "runs, as each table says. A parameter that other values would fit as well is called unidentified, "
                    + "and no number is quoted.";
        }

        yield return excluded == 0 ? "Points left out: none." + Flagged(content)
            : $"Points left out: {ReportText.Whole(excluded)}, each with its reason under \"What was excluded\"."
            + Flagged(content);
        if (fits.Shown.Count > 0)
        {
            yield return "Validation: the largest budget predicted from the others, each budget in turn and folds "
                + "drawn at random left out, single runs "
                + "left out, and the fit under other costs and without the highest losses; residuals are tried for trends. "
                + "\"How far the law can be trusted\" has the results.";
        }
    }

    private static string Flagged(ReportContent content) =>
        content.Sweep.Verdicts.Count == 0 || content.Options.ExcludeFlagged ? ""
        : $" {ReportText.Plural(content.Sweep.Verdicts.Count, "flagged run")} stayed in.";

    private static string Range(IReadOnlyList<RunRow> runs, Func<RunRow, double> value, Func<double, string> say)
    {
        var (low, high) = (say(runs.Min(value)), say(runs.Max(value)));
        return low == high ? low : $"{low} to {high}";
    }

    private static string Plain(double value) => ReportText.Whole((long)value);
}
