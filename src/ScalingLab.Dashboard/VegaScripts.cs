namespace ScalingLab.Dashboard;

/// <summary>
/// The three scripts that draw the figure, from the packages that the reports are drawn with; 404 where they are not installed.
/// </summary>
internal static class VegaScripts
{
    private static readonly string[] Packages = ["vega", "vega-lite", "vega-embed"];

    public static void MapVega(this WebApplication app, string root)
    {
        var given = Environment.GetEnvironmentVariable("SCALINGLAB_VEGA");
        var folder = Path.GetFullPath(string.IsNullOrEmpty(given) ? Path.Combine(root, "src/ScalingLab.Reporting/vega") : given);
        foreach (var package in Packages)
        {
            var file = Path.Combine(folder, "node_modules", package, "build", $"{package}.min.js");
            app.MapGet($"/vega/{package}.min.js", IResult () =>
                File.Exists(file) ? TypedResults.PhysicalFile(file, "text/javascript") : TypedResults.NotFound());
        }
    }
}
