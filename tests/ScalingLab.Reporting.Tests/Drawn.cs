using ScalingLab.Reporting.Analysis;

namespace ScalingLab.Reporting.Tests;

/// <summary>The quickstart's results with every figure, made once for all tests that only look at them.</summary>
internal static class Drawn
{
    private static readonly Lazy<Task<(TemporaryFolder, ReportOutcome)>> Quickstart = new(WriteAsync);

    /// <summary>The folder, for nobody to change, and what was said of it.</summary>
    public static Task<(TemporaryFolder Folder, ReportOutcome Outcome)> QuickstartAsync() => Quickstart.Value;

    private static async Task<(TemporaryFolder, ReportOutcome)> WriteAsync()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return (folder, await ResultsWriter.WriteAsync(Sweeps.Quickstart(), folder.Path, Sweeps.Quick));
    }
}
