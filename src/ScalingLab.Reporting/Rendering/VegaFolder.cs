namespace ScalingLab.Reporting;

/// <summary>Where host.cjs is, and the npm packages that it needs.</summary>
/// <param name="Host">host.cjs.</param>
/// <param name="Packages">The folder that holds node_modules.</param>
internal sealed record VegaFolder(string Host, string Packages)
{
    /// <summary>The environment variable that names another folder with node_modules.</summary>
    public const string Variable = "SCALINGLAB_VEGA";

    private const string InRepository = "src/ScalingLab.Reporting/vega";

    /// <summary>What mends missing packages.</summary>
    public const string Mend = $"npm ci --prefix {InRepository}";

    /// <summary>The scripts that a self-contained page inlines, in order.</summary>
    public IReadOnlyList<string> Scripts =>
        [Module("vega/build/vega.min.js"), Module("vega-lite/build/vega-lite.min.js"), Module("vega-embed/build/vega-embed.min.js")];

    /// <summary>Whether the packages are there.</summary>
    public bool IsInstalled => File.Exists(Host) && Scripts.All(File.Exists);

    /// <summary>The folder asked for; else the one that the environment names; else the repository's, looked for upwards from the
    /// program.</summary>
    public static VegaFolder Find(string? asked) => new(
        Path.Combine(AppContext.BaseDirectory, "vega", "host.cjs"),
        asked ?? Environment.GetEnvironmentVariable(Variable) ?? Repository() ?? Path.Combine(AppContext.BaseDirectory, "vega"));

    private static string? Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScalingLab.sln"))) return Path.Combine(folder.FullName, InRepository);
        }

        return null;
    }

    private string Module(string file) => Path.Combine(Packages, "node_modules", file);
}
