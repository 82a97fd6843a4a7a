using System.Globalization;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;

namespace ScalingLab.Lab.Preparation;

/// <summary>What is likely to disappoint in a sweep's text, before anything is trained.</summary>
public static class DataWarnings
{
    /// <summary>
    /// Held-out documents that stand in the training text: from this share on they are a plan's warning.
    /// </summary>
    private const double MuchOverlap = 0.05;

    public static IEnumerable<string> For(PreparedData data)
    {
        foreach (var source in data.Sources)
        {
            var overlap = source.Report.Overlap;
            if (overlap.Share < MuchOverlap) continue;
            var of = source.Name.Length > 0 ? $" of {source.Name}" : "";
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{overlap.NearCopies} of {overlap.Documents} held-out documents{of} ({overlap.Share:P1}) are near "
                    + $"copies of training text: the validation "
                + $"loss is in part that of text learned by heart, lower than on new text; take near copies out of the "
                    + $"text, or hold out whole "
                + $"sources or dates");
        }
    }
}
