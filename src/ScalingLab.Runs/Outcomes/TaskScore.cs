namespace ScalingLab.Runs.Outcomes;

/// <summary>What a run's model can do in one task.</summary>
/// <param name="Name">What the sweep calls the task.</param>
/// <param name="Kind">Its kind, e.g. "choices".</param>
/// <param name="Key">Names what was asked: <see cref="RunTask.Key"/>.</param>
/// <param name="Documents">How many.</param>
/// <param name="Metrics">The numbers.</param>
public sealed record TaskScore(
    string Name, string Kind, string Key, int Documents, IReadOnlyList<Metric> Metrics)
{
    /// <summary>The number that is looked at first; null where the task has none.</summary>
    public Metric? Main => Metrics.Count > 0 ? Metrics[0] : null;

    /// <summary>Scores with others in place of those of the same names, by name.</summary>
    public static IReadOnlyList<TaskScore> Merge(IReadOnlyList<TaskScore>? there, IReadOnlyList<TaskScore> others) =>
        [.. (there ?? []).Where(score => others.All(other => other.Name != score.Name)).Concat(others)
            .OrderBy(score => score.Name, StringComparer.Ordinal)];

    /// <summary>The tasks that have no score, or one of something else that was asked.</summary>
    public static IReadOnlyList<RunTask> Missing(IEnumerable<RunTask> asked, IReadOnlyList<TaskScore>? there) =>
        [.. asked.Where(task => there?.Any(score => score.Name == task.Name && score.Key == task.Key) != true)];
}
