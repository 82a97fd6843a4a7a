using System.Globalization;
using System.Text.Json;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Tests;

/// <summary>
/// A fact about the 245 runs read off Hoffmann et al.'s figure 4, which lie outside the repository; skipped where they
/// are absent.
/// </summary>
public sealed class ChinchillaFact : FactAttribute
{
    public ChinchillaFact()
    {
        if (Chinchilla.Folder is null)
            Skip = "shared/fits/chinchilla (points.csv, expected.json) is not beside the repository.";
    }
}

/// <summary>Those runs and what an exhaustive search found for them.</summary>
internal static class Chinchilla
{
    public static string? Folder { get; } = Find();

    public static JsonElement Expected()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder!, "expected.json")));
        return document.RootElement.Clone();
    }

    public static IReadOnlyList<LossObservation> Points()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder!, "points.csv"));
        var header = lines[0].Split(',').ToList();
        var (size, compute, loss) =
            (header.IndexOf("Model Size"), header.IndexOf("Training FLOP"), header.IndexOf("loss"));
        return [.. lines.Skip(1).Select(line => line.Split(',')).Select(fields =>
        {
            var n = double.Parse(fields[size], CultureInfo.InvariantCulture);
            var c = double.Parse(fields[compute], CultureInfo.InvariantCulture);
            return new LossObservation(n, c / (6 * n), c, double.Parse(fields[loss], CultureInfo.InvariantCulture));
        })];
    }

    private static string? Find()
    {
        var data = Repository.Shared("fits", "chinchilla");
        return File.Exists(Path.Combine(data, "points.csv")) && File.Exists(Path.Combine(data, "expected.json")) ? data
            : null;
    }
}
