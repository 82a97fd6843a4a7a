using Microsoft.AspNetCore.Http.HttpResults;
using ScalingLab.Dashboard.Live;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard;

/// <summary>What who asks may do.</summary>
/// <param name="Changes">Whether who asks has shown the token.</param>
internal sealed record AccessAnswer(bool Changes);

/// <summary>
/// The JSON API, in the one JSON dialect of specs and messages (<see cref="RunJson"/>). Everything here is a GET and changes nothing.
/// </summary>
internal static class Endpoints
{
    public static void MapSweeps(this WebApplication app, LedgerHandle ledger, Access access)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        var feeds = new SweepFeeds(ledger, stopping);
        app.MapGet("/api/access", (HttpContext context) => Json(new AccessAnswer(access.May(context))))
            .WithSummary("Whether the request may change things").Answers<AccessAnswer>();
        app.MapGet("/api/sweeps", () => Json(ledger.Sweeps().Select(SweepLine.Of)))
            .WithSummary("Every sweep in one line").Answers<IReadOnlyList<SweepLine>>();
        app.MapGet("/api/sweeps/{name}", (string name, HttpRequest asked) => Known(ledger, RouteName.Of(asked, name), sweep =>
                Snapshot(ledger, sweep) is { } now ? Json(now) : Unknown(ledger, sweep)))
            .WithSummary("A sweep with its runs, as they stand").Answers<SweepSnapshot>().ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/curves", (string name, string? run, HttpRequest asked) => Known(ledger, RouteName.Of(asked, name), sweep =>
                run is null || ledger.Read(l => l.Cell(sweep, new RunId(run))) is not null ? new CurvesAnswer(ledger, sweep, run)
                    : UnknownRun(sweep, run)))
            .WithSummary("Every point of the loss curves of the sweep's runs, or of one").Answers<CurvePieces>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/events", (string name, HttpRequest asked) => Known(ledger, RouteName.Of(asked, name), sweep =>
                new EventStream(feeds, sweep, stopping)))
            .WithSummary("The sweep as server-sent events: first a snapshot, as /api/sweeps/{name} answers, and the curves so far as events called points; "
                + "then, as it happens, events called changed (the same with only those runs that have changed) and points. "
                + "Points are as in /api/sweeps/{name}/curves, at most 1,000 of a run and 200,000 in all, ends, minima and maxima kept")
            .Answers<SweepSnapshot>("text/event-stream").ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>The answer where the ledger knows the sweep, the problem where it does not.</summary>
    public static IResult Known(LedgerHandle ledger, string name, Func<string, IResult> answer) =>
        ledger.Find(name) is null ? Unknown(ledger, name) : answer(name);

    public static ContentHttpResult Json<T>(T value) => TypedResults.Text(RunJson.Serialize(value), "application/json");

    public static ProblemHttpResult UnknownRun(string sweep, string run) => TypedResults.Problem(
        $"the sweep {sweep} has no run '{run}'", statusCode: StatusCodes.Status404NotFound, title: "unknown run");

    private static SweepSnapshot? Snapshot(LedgerHandle ledger, string name)
    {
        if (ledger.Find(name) is not { } sweep || ledger.Read(l => l.News(name, -1)) is not { } news) return null;
        var standing = news.Runs.ToDictionary(r => r.Run);
        var cells = ledger.Read(l => l.Cells(name)) ?? [];
        return new SweepSnapshot(
            SweepLine.Of(sweep), [.. cells.Where(c => standing.ContainsKey(c.Run)).Select(c => RunLine.Of(c.Run, c.Cell).With(standing[c.Run]))]);
    }

    private static ProblemHttpResult Unknown(LedgerHandle ledger, string name)
    {
        var known = string.Join(", ", ledger.Sweeps().Select(s => s.Name));
        return TypedResults.Problem(
            $"no sweep is called '{name}' (known: {(known.Length > 0 ? known : "none yet")})",
            statusCode: StatusCodes.Status404NotFound, title: "unknown sweep");
    }
}
