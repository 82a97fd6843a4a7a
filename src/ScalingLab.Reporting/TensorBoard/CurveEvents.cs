using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.TensorBoard;

/// <summary>A run's curve as TensorBoard's scalars.</summary>
public static class CurveEvents
{
    private const int LongestWords = 120; // of a folder's name

    /// <summary>
    /// An event a point with what it says of loss/train and loss/val (nats/token), lr, grad_norm and tokens (so far).
    /// The ledger keeps no time of a point: it is the run's begin and the time in training steps so far, and stands
    /// still where the speed was not recorded.
    /// </summary>
    /// <param name="began">When the run's first attempt began.</param>
    /// <param name="points">By step.</param>
    internal static IEnumerable<ScalarEvent> From(DateTimeOffset began, IEnumerable<MetricPoint> points)
    {
        var (at, before) = (began, 0L);
        foreach (var point in points)
        {
            if (point.Tokens > before && point.Telemetry?.TokensPerSecond is > 0 and var speed)
                at += TimeSpan.FromSeconds((point.Tokens - before) / speed);
            before = point.Tokens;
            (string Tag, double? Value)[] values =
            [
                ("loss/train", point.LossTrain), ("loss/val", point.LossValidation), ("lr", point.LearningRate),
                ("grad_norm", point.GradientNorm), ("tokens", point.Tokens),
            ];
            yield return new ScalarEvent(at, point.Step,
                [.. values.Where(v => v.Value is not null).Select(v => (v.Tag, v.Value!.Value))]);
        }
    }

    /// <summary>
    /// Writes a run's curve into a folder of its own below another, in the place of what stood there.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static Task WriteAsync(
        string below, SweepCell cell, DateTimeOffset began, IEnumerable<MetricPoint> points, CancellationToken stop)
    {
        var folder = Directory.CreateDirectory(Path.Combine(below, FolderOf(cell)));
        return AtomicFile.WriteAsync(
            Path.Combine(folder.FullName, EventFile.Name), EventFile.Write(began, From(began, points)), stop);
    }

    // Its words, then its id, as any file system takes them.
    private static string FolderOf(SweepCell cell)
    {
        var words = string.Concat(cell.Title.Select(c =>
            char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '=' ? c : '_'));
        return $"{(words.Length > LongestWords ? words[..LongestWords] : words)}-{cell.Spec.Id}";
    }
}
