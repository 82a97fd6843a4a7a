using System.Diagnostics;
using SkiaSharp;

namespace ScalingLab.Reporting.Tests;

/// <summary>
/// Every notebook as its user runs it, on a committed sweep: `dotnet run notebooks/NAME.cs RESULTS OUT.png`.
/// </summary>
public sealed class NotebookTests : IDisposable
{
    private const int MostLines = 80;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Repository.At("notebooks"), "*.cs").Select(f => Path.GetFileName(f)).Order()];

    [Theory, MemberData(nameof(Names))]
    public void A_notebook_is_short_and_draws_a_file(string name)
    {
        var picture = _folder["picture.png"];
        string[] results = name == "two-sweeps.cs" ? ["results/quickstart", "results/ladder"] : ["results/quickstart"];
        var file = Path.Combine("notebooks", name);
        Assert.InRange(File.ReadLines(Repository.At(file)).Count(), 1, MostLines);
        Assert.Contains($"// dotnet run {file}", File.ReadAllText(Repository.At(file)), StringComparison.Ordinal);

        Programs.Run(new ProcessStartInfo("dotnet", ["run", file, .. results, picture])
            { WorkingDirectory = Repository.Root });

        using var drawn = SKBitmap.Decode(picture);
        Assert.True(drawn.Pixels.Distinct().Count() > 50, "the picture is blank");
    }

    public void Dispose() => _folder.Dispose();
}
