using System.Globalization;

namespace ScalingLab.Runs;

/// <summary>
/// One run of a sweep with what the grid called it: names and budgets label a cell, they are not part of the run.
/// </summary>
/// <param name="Spec">The run.</param>
/// <param name="Model">The model's name in the grid: a preset, or e.g. "3x64".</param>
/// <param name="BudgetFlops">The compute budget that this cell spends; null where the length was given in
/// tokens.</param>
/// <param name="Varies">Recipe fields that more than one value was given for, as (name, value), in the grid's
/// order.</param>
public sealed record SweepCell(RunSpec Spec, string Model, double? BudgetFlops, IReadOnlyList<RecipeChoice> Varies)
{
    /// <summary>The run in words: model, budget or tokens, what it varies, seed: "micro-63k 6e11 seed 1".</summary>
    public string Title
    {
        get
        {
            var length = BudgetFlops is { } budget ? Power(budget) : $"{Power(Spec.Tokens)} tokens";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Model} {length}{string.Concat(Varies.Select(v => $" {v.Field}={v.Value}"))} seed {Spec.Seed}");
        }
    }

    private static string Power(double x) => x.ToString("0.##e0", CultureInfo.InvariantCulture);
}

/// <summary>The value that a cell has on one axis of the recipe, in the grid's words.</summary>
/// <param name="Field">The axis, e.g. "positions".</param>
/// <param name="Value">Its value, e.g. "rotary".</param>
public sealed record RecipeChoice(string Field, string Value);
