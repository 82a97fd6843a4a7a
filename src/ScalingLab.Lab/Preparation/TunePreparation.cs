using ScalingLab.Fitting.Optima;
using ScalingLab.Reporting.Tuning;

namespace ScalingLab.Lab.Preparation;

/// <summary>What the ledger keeps of a tune, so that any node can write its results.</summary>
/// <param name="About">What it is about, but for what the ledger has of every sweep.</param>
/// <param name="Method">How its laws are found.</param>
/// <param name="RuleFile">The rule file's place; null: rule.json in the results.</param>
public sealed record TunePreparation(TuneMetadata About, OptimumMethod Method, string? RuleFile)
{
    public TuneWriteOptions Options() => new()
    {
        Method = Method, RuleFile = RuleFile,
            Today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime),
    };
}
