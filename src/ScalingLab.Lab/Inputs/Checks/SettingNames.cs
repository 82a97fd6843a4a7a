using System.Text.RegularExpressions;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>What columns are called that hold settings of training, and those that hold something else.</summary>
internal static partial class SettingNames
{
    /// <summary>Names of settings: learning rate, batch, decay, schedule.</summary>
    public static bool IsKnown(string column) => Known().IsMatch(column);

    /// <summary>Names of what was measured, of replicates and of books kept.</summary>
    public static bool IsOther(string column) => Other().IsMatch(column);

    [GeneratedRegex(@"(^|[^a-z])(lr|eta|bs|wd)($|[^a-z])|learning.?rate|batch|decay|warm.?up|schedule|optimi[sz]er|momentum|beta.?[12]|dropout|clip",
        RegexOptions.IgnoreCase)]
    private static partial Regex Known();

    [GeneratedRegex(@"loss|perplex|ppl|bits?.per|bpb|accura|(^|[^a-z])(acc|seed|rep|row|index|id|name|notes?|date|time|rank)($|[^a-z])|repeat|replica|run.?time"
        + @"|second|hour|wall|per.?second|mfu|power|energy|memory|created|updated|timestamp|host|node|device|gpu",
        RegexOptions.IgnoreCase)]
    private static partial Regex Other();
}
