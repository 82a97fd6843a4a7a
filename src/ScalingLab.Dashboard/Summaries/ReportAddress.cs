namespace ScalingLab.Dashboard.Summaries;

/// <summary>Where a sweep's report is, as a file and as a page.</summary>
internal static class ReportAddress
{
    /// <summary>The report's name in a results folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Its address, relative to the page.</summary>
    public static string For(string sweep) => $"results/{Uri.EscapeDataString(sweep)}/{FileName}";
}
