namespace ScalingLab.Runs.Outcomes;

/// <summary>What is wrong with a run that completed; several may hold. How they are found: docs/verdicts.md.</summary>
[Flags]
public enum RunDefects
{
    /// <summary>Nothing was found.</summary>
    None = 0,

    /// <summary>
    /// It learned less than its size and tokens allow: no more than how often each token occurs, or far less than its
    /// neighbours.
    /// </summary>
    Undertrained = 1,

    /// <summary>Its training loss rose instead of falling.</summary>
    Unstable = 2,

    /// <summary>It learned its training text by heart: validation loss rises while training loss falls.</summary>
    Overfitted = 4,
}

/// <summary>Defects as the words of files: the column <c>flags</c> of runs.csv.</summary>
public static class RunDefectNames
{
    private const char Separator = ';';

    private static readonly RunDefects[] Single = [RunDefects.Undertrained, RunDefects.Unstable, RunDefects.Overfitted];

    /// <summary>"undertrained;unstable"; empty for none.</summary>
    public static string Join(RunDefects defects) => string.Join(Separator, List(defects));

    /// <summary>"undertrained" and "unstable"; none for none.</summary>
    public static IReadOnlyList<string> List(RunDefects defects) =>
        [.. Single.Where(d => defects.HasFlag(d)).Select(EnumNames.ToName)];

    /// <summary>The defects of such words; null where one is not known.</summary>
    public static RunDefects? Parse(string words)
    {
        var defects = RunDefects.None;
        foreach (var word
            in words.Split(Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (EnumNames.Find<RunDefects>(word) is not { } defect) return null;
            defects |= defect;
        }

        return defects;
    }
}
