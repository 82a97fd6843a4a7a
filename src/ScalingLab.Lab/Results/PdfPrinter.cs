using ScalingLab.Runs;
using ScalingLab.Scheduling;

namespace ScalingLab.Lab.Results;

/// <summary>Prints a report's page to PDF by a Chromium that is installed.</summary>
public static class PdfPrinter
{
    private const string File = "report.pdf";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>The browser's program.</summary>
    /// <param name="path">The folders to look in, as PATH has them.</param>
    /// <exception cref="InputException">There is none.</exception>
    public static string Require(string? path)
    {
        var folders = (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(System.IO.File.Exists)
            ?? throw new InputException("--pdf", $"takes a Chromium on the PATH ({string.Join(", ", Names)}), and "
                + "there is none: install the package chromium, "
                + "or open report.html in any browser and print it");
    }

    /// <summary>Writes report.pdf beside report.html, whole or not at all; the file's name.</summary>
    /// <exception cref="IOException">The browser does not print: what it says.</exception>
    public static async Task<string> PrintAsync(string browser, string folder, CancellationToken stop)
    {
        var profile = Directory.CreateTempSubdirectory("scalinglab-print-");
        try
        {
            var made = Path.Combine(profile.FullName, File);
            // Chromium's sandbox is not for root.
            string[] root = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [];
            var answer = await ProcessResult.RunAsync(browser,
            [
                "--headless", .. root, "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                $"--user-data-dir={Path.Combine(profile.FullName, "profile")}", "--no-pdf-header-footer",
                    $"--print-to-pdf={made}",
                new Uri(Path.GetFullPath(Path.Combine(folder, "report.html"))).AbsoluteUri,
            ], null, Limit, stop);
            if (!System.IO.File.Exists(made))
                throw new IOException($"{browser} printed nothing: "
                    + $"{answer?.Error.Trim().Split('\n')[^1] ?? "it could not be started"}");
            System.IO.File.Move(made, Path.Combine(folder, File), overwrite: true);
            return File;
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }
}
