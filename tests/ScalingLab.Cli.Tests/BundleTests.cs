using System.Runtime.InteropServices;
using ScalingLab.Cli.Bundles;

namespace ScalingLab.Cli.Tests;

public class BundleTests
{
    [Fact]
    public void A_bundle_takes_along_what_draws_figures_for_this_system_and_no_other()
    {
        var places = new BundleContent(Repository.Root, Dotnet()).Files().Select(f => f.Place).ToList();
        const string Programs = "artifacts/bin/ScalingLab.Cli/release";
        foreach (var file in (string[])["ScottPlot.dll", "SkiaSharp.dll", "ScalingLab.Reporting.dll"])
            Assert.Contains($"{Programs}/{file}", places);
        var natives = places.Where(p => p.StartsWith($"{Programs}/runtimes/", StringComparison.Ordinal)).ToList();
        Assert.Contains($"{Programs}/runtimes/{RuntimeInformation.RuntimeIdentifier}/native/libSkiaSharp.so", natives);
        Assert.Single(places, p => p.EndsWith("/ParquetSharpNative.so", StringComparison.Ordinal));
        Assert.All(natives, p => Assert.Equal(RuntimeInformation.RuntimeIdentifier, p.Split('/')[5]));
    }

    private static string Dotnet() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
