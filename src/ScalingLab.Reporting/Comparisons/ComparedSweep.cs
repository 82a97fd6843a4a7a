using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>One of two sweeps that are compared.</summary>
/// <param name="Name">What the document calls it.</param>
/// <param name="Folder">Its results, as they were named.</param>
/// <param name="Table">The same as read.</param>
/// <param name="Fits">What its runs say.</param>
internal sealed record ComparedSweep(string Name, string Folder, SweepTable Table, SweepFits Fits)
{
    /// <summary>Completed runs with a loss.</summary>
    public IReadOnlyList<RunRow> Runs { get; } =
        [.. Table.Runs.Where(r => r is { State: RunState.Completed, LossValidation: not null })];

    /// <summary>The laws that may be quoted, by recipe.</summary>
    public IReadOnlyList<VariantFit> Laws { get; } = [.. Fits.Variants.Where(v => v is { IsLaw: true, IsSure: true })];

    /// <summary>What it is made of, in a line, for somebody who finds that nothing matches.</summary>
    public string Summary()
    {
        static string Some(IEnumerable<string> words) =>
            string.Join(", ", words.Distinct().Take(6)) + (words.Distinct().Count() > 6 ? ", ..." : "");
        if (Runs.Count == 0) return $"{Name}: no completed run";
        return $"{Name}: {ReportText.Plural(Runs.Count, "completed run")}, models "
            + $"{Some(Runs.Select(r => r.Model))}, tokens "
            + $"{Some(Runs.Select(r => r.Tokens).Order().Select(t => Numbers.Count(t)))}, seeds "
            + $"{Some(Runs.Select(r => r.Seed).Order().Select(s => ReportText.Whole(s)))}";
    }
}
