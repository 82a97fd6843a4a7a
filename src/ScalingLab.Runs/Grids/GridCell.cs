using System.Globalization;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>What the grid calls a cell.</summary>
internal sealed record GridCellLabel(GridModel Model, int Context, GridLength Length,
    IReadOnlyList<RecipeChoice> Varies);

/// <summary>A cell with what exclusions match against.</summary>
internal sealed record GridCell(SweepCell Cell, GridCellLabel Label, RecipeDraft Draft, RuleComparison Rule)
{
    /// <summary>
    /// Resolves a cell: tokens, then learning rate and batch by the size rule where the grid gives neither, then steps,
    /// then what the optimizer, the schedule and the number of steps decide.
    /// </summary>
    /// <returns>The cell, and why it cannot be trained; a cell with problems must not be used.</returns>
    public static (GridCell Cell, IReadOnlyList<Problem> Problems) Create(GridCellLabel label, RecipeDraft draft,
        DataIdentity data, int seed)
    {
        var shape = draft.Shape;
        List<Problem> problems =
            [.. shape.Problems().Select(p => new Problem(PlaceOf(p.Field, label.Model), p.Problem))];
        var tokens = TokensOf(label.Length, draft);
        if (draft.SizeRule == SizeRule.Fixed && (draft.LearningRate is null || draft.BatchTokens is null))
            problems.Add(
                new Problem("recipe.sizeRule", "fixed leaves nothing to a rule; give learningRate and batchTokens"));
        problems.AddRange(draft.Problems());
        var rule = draft.Rule;
        draft = RuleFields.Apply(rule, draft, tokens, label.Model.Name, problems);
        var sequences = draft.BatchTokens is { } given ? given / shape.Context
            : rule.BatchSequences(shape, tokens, draft.BatchScale);
        if (draft.BatchTokens is { } wanted && (sequences < 1 || wanted % shape.Context != 0))
        {
            problems.Add(new Problem("recipe.batchTokens", string.Create(
                CultureInfo.InvariantCulture, $"{wanted} is no whole number of sequences of {shape.Context} tokens")));
            sequences = Math.Max(1, sequences);
        }

        var batch = sequences * shape.Context;
        if (tokens < batch)
        {
            problems.Add(new Problem(label.Length.Path, string.Create(
                CultureInfo.InvariantCulture,
                $"{Describe(label.Length)} is too small for {label.Model.Name}: {tokens:N0} tokens, but one step takes "
                    + $"{batch:N0}; ")
                + "raise it or exclude the cell"));
        }
        else if (tokens > 1e15)
        {
            problems.Add(new Problem(label.Length.Path, string.Create(
                CultureInfo.InvariantCulture,
                $"{Describe(label.Length)} trains {label.Model.Name} on "
                    + $"{ShortNumber.Format(tokens, digits: 3)} tokens; more than 1e15 is no length")));
            tokens = batch;
        }

        var recipe = draft.Base with { BatchSequences = (int)sequences };
        var steps = BatchSchedule.StepsFor(recipe, Math.Max(1, tokens / shape.Context));
        var rate = rule.Rate(draft.RateShape, tokens, batch);
        var resolved = draft.Resolve(recipe, rate, rule.DecayScale(tokens, batch, rate), steps, batch);
        var spec = new RunSpec
        {
            Shape = shape, Data = data, Steps = steps, Recipe = resolved, Seed = seed,
            DistilledFrom = draft.DistilledFrom, StartedFrom = draft.StartedFrom,
        };
        if (spec.Recipe.WarmupSteps > steps)
        {
            problems.Add(new Problem("recipe.warmupTokens", string.Create(
                CultureInfo.InvariantCulture,
                $"is more than the {spec.Tokens:N0} tokens of {Describe(label.Length)} for {label.Model.Name}")));
        }

        double? budget = label.Length.Kind == GridLengthKind.Flops ? label.Length.Value : null;
        var cell = new SweepCell(spec, label.Model.Name, budget, label.Varies);
        return (new GridCell(cell, label, draft, RuleComparison.Compare(rule, draft, tokens, batch)), problems);
    }

    /// <summary>What it has in a field that exclusions may name; null where it has no such field.</summary>
    public FieldValue? ValueOf(string field) => field switch
    {
        "model" => new FieldValue(Label.Model.Name),
        "layers" => FieldValue.FromNumber(Label.Model.Shape.Layers),
        "width" => FieldValue.FromNumber(Label.Model.Shape.Width),
        "heads" => FieldValue.FromNumber(Label.Model.Shape.Heads),
        "context" => FieldValue.FromNumber(Label.Context),
        "seed" => FieldValue.FromNumber(Cell.Spec.Seed),
        "uniqueTokens" => Cell.Spec.Data.UniqueTokens is { } unique ? FieldValue.FromNumber(unique) : null,
        "packing" => new FieldValue(EnumNames.ToName(Cell.Spec.Data.Packing)),
        "flops" => Length(GridLengthKind.Flops),
        "tokens" => Length(GridLengthKind.Tokens),
        "tokensPerParameter" => Length(GridLengthKind.TokensPerParameter),
        _ => RecipeField.Find(field)!.ValueOf(Draft, Cell.Spec),
    };

    private FieldValue? Length(GridLengthKind kind) =>
        Label.Length.Kind == kind ? FieldValue.FromNumber(Label.Length.Value) : null;

    private static double TokensOf(GridLength length, RecipeDraft draft) => length.Kind switch
    {
        GridLengthKind.Flops => length.Value
            / DistillationTeacher.TrainingFlopsPerToken(draft.Shape, draft.DistilledFrom),
        GridLengthKind.Tokens => length.Value,
        _ => length.Value * ParameterCount.For(draft.Shape).WithHead,
    };

    private static string PlaceOf(string field, GridModel model) => field switch
    {
        "context" or "vocabulary" => field,
        "layers" or "width" or "heads" => $"{model.Path}.{field}",
        _ => $"recipe.{field}",
    };

    private static string Describe(GridLength length) =>
        $"{ShortNumber.Format(length.Value)} " + length.Kind switch
    {
        GridLengthKind.Flops => "FLOPs",
        GridLengthKind.Tokens => "tokens",
        _ => "tokens a parameter",
    };
}
