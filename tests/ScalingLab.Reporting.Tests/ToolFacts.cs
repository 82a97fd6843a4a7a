namespace ScalingLab.Reporting.Tests;

/// <summary>A test that draws: skipped, with the reason, where node, Vega's packages or rsvg-convert are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DrawingFactAttribute : FactAttribute
{
    public DrawingFactAttribute() => Skip = Tools.MissingForDrawing();
}

/// <summary>A theory that draws.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DrawingTheoryAttribute : TheoryAttribute
{
    public DrawingTheoryAttribute() => Skip = Tools.MissingForDrawing();
}

/// <summary>A test that draws and opens the page in a real Chromium.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Tools.MissingForDrawing() ?? (Tools.Find("chromium") is null ? "chromium is not installed"
        : null);
}

internal static class Tools
{
    public static string? MissingForDrawing() =>
        Find("node") is null ? "node is not installed"
        : !VegaFolder.Find(null).IsInstalled ? $"Vega's packages are not installed: {VegaFolder.Mend}"
        : Find("rsvg-convert") is null ? "rsvg-convert is not installed"
        : null;

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

/// <summary>Tests that change the search path of programs; nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SearchPathTests
{
    public const string Name = "search path";
}
