using System.Text.Json.Serialization;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Planning;

/// <summary>A row of a plan: the runs that differ in their seed only.</summary>
/// <param name="Model">The model's name in the grid.</param>
/// <param name="ParametersTotal">Every trained number.</param>
/// <param name="ParametersWithHead">Blocks and output product: N of the size rule and of tokens per parameter.</param>
/// <param name="BudgetFlops">The IsoFLOP budget; null where the length was given in tokens.</param>
/// <param name="Context">Tokens in a sequence.</param>
/// <param name="Tokens">Tokens of one run.</param>
/// <param name="TokensPerParameter">Tokens over <paramref name="ParametersWithHead"/>.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="BatchTokens">Tokens in a step.</param>
/// <param name="LearningRateMax">Learning rate after warm-up.</param>
/// <param name="Epochs">Passes over the training text that the run may see; null where its length is not known.</param>
/// <param name="Flops">Exact FLOPs of one run.</param>
/// <param name="Seeds">Its seeds: one run each.</param>
/// <param name="Varies">Values on the recipe's axes.</param>
public sealed record PlanRow(
    string Model,
    long ParametersTotal,
    long ParametersWithHead,
    double? BudgetFlops,
    int Context,
    long Tokens,
    double TokensPerParameter,
    long Steps,
    long BatchTokens,
    double LearningRateMax,
    double? Epochs,
    double Flops,
    IReadOnlyList<int> Seeds,
    IReadOnlyList<RecipeChoice> Varies)
{
    /// <summary>Passes over each source's text, of a mixture; null for a corpus alone.</summary>
    public IReadOnlyList<PlanSource>? Sources { get; init; }

    /// <summary>
    /// Parameters of the known model that it has the shape of, with that one's vocabulary; null of other shapes.
    /// </summary>
    public long? ParametersOriginal { get; init; }

    /// <summary>One of its runs.</summary>
    [JsonIgnore]
    public RunSpec? Spec { get; init; }

    /// <summary>How its recipe stands to the size rules; null where the sweep was not made from a grid.</summary>
    internal RuleComparison? Rule { get; init; }
}

/// <summary>A source of a mixture as a run reads it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Epochs">Passes over the training text that the run may see of it.</param>
public sealed record PlanSource(string Name, double Epochs);

/// <summary>What a sweep will run, with totals and with what is likely to disappoint.</summary>
/// <param name="Name">The sweep.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Rows">What runs, in the grid's order.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Tokens">Tokens of all runs.</param>
/// <param name="Flops">Exact FLOPs of all runs.</param>
/// <param name="FlopsTrained">FLOPs that are trained: less than all where runs share a <see cref="Trunk"/>.</param>
/// <param name="TrainTokens">Tokens of the training text, copies of a text not counted; null where not known.</param>
/// <param name="Warnings">Warnings, each with its reason.</param>
public sealed record Plan(
    string Name,
    string? Question,
    IReadOnlyList<PlanRow> Rows,
    int Runs,
    long Tokens,
    double Flops,
    double FlopsTrained,
    long? TrainTokens,
    IReadOnlyList<string> Warnings)
{
    /// <summary>
    /// Fewer optimizer steps than this decide a run's loss by themselves: what is learnt in them is bounded by how far
    /// so many updates of a stable size can go, whatever size and tokens would allow (55m on 26M tokens in 123 steps
    /// ended at 4.7 nats/token, where micro-5m came to 2.2 with as many FLOPs).
    /// </summary>
    public const long FewSteps = 400;

    /// <summary>The plan of a sweep over a training text of that many tokens.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="trainTokens">Training tokens, copies of a text not counted; null where not known.</param>
    /// <param name="sourceTokens">Those of each source of a mixture, by name.</param>
    /// <param name="onGpu">Whether it is trained on a GPU, or may be.</param>
    public static Plan Create(Sweep sweep, long? trainTokens, IReadOnlyDictionary<string, long>? sourceTokens = null,
        bool onGpu = true)
    {
        var rows = sweep.Cells
            .GroupBy(c => (c.Model, c.BudgetFlops, Spec: (c.Spec with { Seed = 0 }).Id))
            .Select(g =>
                Row([.. g], trainTokens, sourceTokens) with { Rule = sweep.Rules.GetValueOrDefault(g.First().Spec.Id) })
            .ToList();
        return new Plan(
            sweep.Name,
            sweep.Question,
            rows,
            sweep.Cells.Count,
            sweep.Cells.Sum(c => c.Spec.Tokens),
            sweep.Cells.Sum(c => c.Spec.Flops),
            Trunk.FlopsOf([.. sweep.Cells.Select(c => c.Spec)]),
            trainTokens,
            [.. PlanAdvice.ForRows(rows), .. PlanRecipeAdvice.ForRows(rows), .. PlanAdvice.ForTrunks(sweep),
                .. onGpu ? PlanKernelAdvice.ForSweep(sweep) : []]);
    }

    private static PlanRow Row(IReadOnlyList<SweepCell> cells, long? trainTokens,
        IReadOnlyDictionary<string, long>? sourceTokens)
    {
        var unique = cells[0].Spec.Data.UniqueTokens ?? trainTokens;
        var (spec, count) = (cells[0].Spec, ParameterCount.For(cells[0].Spec.Shape));
        return new PlanRow(
            cells[0].Model,
            count.Total,
            count.WithHead,
            cells[0].BudgetFlops,
            spec.Shape.Context,
            spec.Tokens,
            (double)spec.Tokens / count.WithHead,
            spec.Steps,
            spec.BatchTokens,
            spec.Recipe.LearningRateMax,
            unique is > 0 ? (double)spec.Tokens / unique.Value : null,
            spec.Flops,
            [.. cells.Select(c => c.Spec.Seed)],
            cells[0].Varies)
        {
            Spec = spec,
            ParametersOriginal = ModelPresets.Find(cells[0].Model) is { } preset
                && preset.Shape(spec.Shape.Vocabulary, spec.Shape.Context) == spec.Shape
                ? preset.OriginalParameters : null,
            Sources = sourceTokens is null ? null : spec.Data.Sources?.Select(source => new PlanSource(
                source.Name,
                spec.Tokens * source.Weight / (spec.Data.UniqueTokens * source.Weight ?? sourceTokens[source.Name])))
                .ToList(),
        };
    }
}
