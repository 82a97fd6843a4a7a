using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Dashboard.Routes;

/// <summary>
/// GET /results/SWEEP/FILE: the files of a sweep's results folder, and nothing that lies elsewhere. They are made here,
/// but anybody may have put
/// others there: a page among them may run its own scripts and nothing else, in an origin of its own, so that it can
/// ask this server nothing.
/// </summary>
internal static class ResultsFiles
{
    private const int NameInAddress = 2; // after "" and "results"
    private const string BasePolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src data:; "
        + "style-src 'unsafe-inline'";
    private const string PagePolicy =
        $"{BasePolicy}; script-src 'unsafe-inline'; sandbox allow-scripts allow-popups allow-downloads";
    private const string FilePolicy = $"{BasePolicy}; sandbox";

    private static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8", [".md"] = "text/plain; charset=utf-8",
        [".tex"] = "text/plain; charset=utf-8", [".csv"] = "text/csv; charset=utf-8",
        [".json"] = "application/json", [".svg"] = "image/svg+xml", [".png"] = "image/png",
        [".pdf"] = "application/pdf", [".gz"] = "application/gzip",
    };

    public static void MapResults(this WebApplication app, LedgerHandle ledger) =>
        app.MapGet("/results/{name}/{**path}", (string name, string path, HttpContext context) =>
            SweepEndpoints.WithSweep(ledger, RouteName.Decode(context.Request, name, NameInAddress), sweep =>
                Answer(ledger, sweep, path, context.Response)))
        .WithSummary("A file of the sweep's results folder: report.html, runs.csv, figures/NAME.svg, ...")
        .Produces(StatusCodes.Status200OK).ProducesProblem(StatusCodes.Status404NotFound);

    private static IResult Answer(LedgerHandle ledger, string sweep, string path, HttpResponse response)
    {
        if (ledger.Read(l => l.Settings(sweep))?.ResultsFolder is not { } folder || Find(folder, path) is not { } file)
        {
            return TypedResults.Problem(
                $"the results of {sweep} have no file '{path}' on this machine",
                    statusCode: StatusCodes.Status404NotFound, title: "no such file");
        }
        var type = Types.GetValueOrDefault(Path.GetExtension(path).ToLowerInvariant(), "application/octet-stream");
        var isPage = type.StartsWith("text/html", StringComparison.Ordinal);
        response.Headers.ContentSecurityPolicy = isPage ? PagePolicy : FilePolicy;

        // Together with a sandbox a browser takes it for a mistake.
        response.Headers.Remove("Cross-Origin-Opener-Policy");
        return TypedResults.Stream(file, type, isPage || type.StartsWith("text/plain", StringComparison.Ordinal)
            || type.StartsWith("image/", StringComparison.Ordinal)
            ? null : Path.GetFileName(path), File.GetLastWriteTimeUtc(file.Name));
    }

    /// <summary>Opens it; null where there is no such regular file in the folder.</summary>
    private static FileStream? Find(string folder, string path)
    {
        try
        {
            var file = Path.GetFullPath(Path.Combine(folder, path));
            return InputFile.RelativePath(folder, file) is null
                || InputFile.WhyRefused(file, FileKind.Results, within: folder) is not null
                ? null : InputFile.Open(file, FileKind.Results);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
