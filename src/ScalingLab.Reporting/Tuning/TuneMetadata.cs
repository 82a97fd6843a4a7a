using System.Text.Json.Nodes;
using ScalingLab.Fitting.Optima;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Reporting.Tuning;

/// <summary>What a tune is about, beyond its runs. A table of runs alone has none of it.</summary>
public sealed record TuneMetadata
{
    /// <summary>What it asks, in the grid's words.</summary>
    public string? Question { get; init; }

    /// <summary>The grid's file as a reader of the results would give it to <c>lab tune</c>.</summary>
    public string? GridPath { get; init; }

    /// <summary>The results folder, relative to the repository's root; null where it is results/NAME.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>The grid.</summary>
    public JsonNode? Grid { get; init; }

    /// <summary>The text.</summary>
    public DataSummary? Data { get; init; }

    /// <summary>The rule that the factors are of.</summary>
    public string RelativeTo { get; init; } = SizeRule.Auto.Name;

    /// <summary>The rule file behind <see cref="RelativeTo"/>, where it is one.</summary>
    public RuleFileReference? RuleFile { get; init; }

    /// <summary>Recipe fields that were held.</summary>
    public IReadOnlyList<RecipeChoice> Held { get; init; } = [];

    /// <summary>Parts of a cell's tokens that its candidates were trained on.</summary>
    public IReadOnlyList<double> Parts { get; init; } = [];

    /// <summary>What the search had to say.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A tune as the ledger has it, handed over to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Runs">Its runs, with their points.</param>
/// <param name="About">What it is about.</param>
public sealed record TuneResults(string Name, IReadOnlyList<RunRecord> Runs, TuneMetadata About);

/// <summary>How a tune is fitted and written.</summary>
public sealed record TuneWriteOptions
{
    /// <summary>How the laws are found.</summary>
    public OptimumMethod Method { get; init; } = OptimumMethod.Surface;

    /// <summary>The rule file's place; null: rule.json in the folder.</summary>
    public string? RuleFile { get; init; }

    /// <summary>The rule's day, where the file does not stand already with the same content.</summary>
    public DateOnly? Today { get; init; }

    /// <summary>Bootstrap draws.</summary>
    public int Bootstrap { get; init; } = 2000;
}

/// <summary>What was written, and what it says.</summary>
/// <param name="Files">The files, relative to the folder.</param>
/// <param name="Fits">The fits, one for each recipe, best first.</param>
/// <param name="Rule">The rule that was written; null where no law could be found.</param>
/// <param name="RulePath">Its file.</param>
public sealed record TuneOutcome(
    IReadOnlyList<string> Files, IReadOnlyList<RecipeTune> Fits, RuleFile? Rule, string? RulePath);
