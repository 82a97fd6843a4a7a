namespace ScalingLab.Testing;

/// <summary>A test that opens a page in a real Chromium: skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : Xunit.FactAttribute
{
    public ChromiumFactAttribute()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!paths.Any(folder => File.Exists(Path.Combine(folder, "chromium")))) Skip = "chromium is not installed";
    }
}
