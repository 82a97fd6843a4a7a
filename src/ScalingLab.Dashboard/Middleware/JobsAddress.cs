namespace ScalingLab.Dashboard.Middleware;

/// <summary>Where Hangfire's dashboard is.</summary>
internal static class JobsAddress
{
    /// <summary>The page and all below it.</summary>
    public const string BasePath = "/jobs";

    /// <summary>Where the page asks for its numbers: by POST, though it changes nothing.</summary>
    public static PathString StatsPath { get; } = BasePath + "/stats";
}
