using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Sections;

namespace ScalingLab.Reporting.Comparisons;

/// <summary>What two sweeps cost.</summary>
internal static class CompareCosts
{
    public static IEnumerable<Block> Write(CompareContent content)
    {
        yield return new Heading(2, "Costs");
        foreach (var sweep in (ComparedSweep[])[content.A, content.B])
        {
            yield return new Heading(3, $"Costs of {sweep.Name}");
            if (sweep.Runs.Count == 0)
            {
                yield return new Paragraph("No run completed.");
                continue;
            }

            yield return new Paragraph($"{Numbers.Scientific(sweep.Runs.Sum(r => r.Flops))} FLOPs and "
                + $"{Numbers.Count(sweep.Runs.Sum(r => (double)r.Tokens))} tokens.");
            yield return CostTable.Write(sweep.Runs, sweep.Table.About.Estimate,
                CostTable.Price(sweep.Table.About, content.Options));
        }
    }
}
