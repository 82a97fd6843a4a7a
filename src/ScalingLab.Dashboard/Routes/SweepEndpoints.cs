using Microsoft.AspNetCore.Http.HttpResults;
using ScalingLab.Dashboard.Curves;
using ScalingLab.Dashboard.Live;
using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Routes;

/// <summary>The queue of the ledger.</summary>
/// <param name="Now">The ledger's time.</param>
/// <param name="EndsAbout">
/// When the last run that can run is predicted to end; absent where nobody can tell of any.
/// </param>
/// <param name="EndsUnknown">Of which sweeps nobody can tell, and why; absent where there are none.</param>
/// <param name="Spent">What all sweeps have cost so far.</param>
/// <param name="Sweeps">Every sweep, by name.</param>
internal sealed record QueueAnswer(DateTimeOffset Now, DateTimeOffset? EndsAbout, string? EndsUnknown, SweepCost Spent,
    IReadOnlyList<SweepLine> Sweeps);

/// <summary>What who asks may do.</summary>
/// <param name="Changes">Whether who asks has shown the token.</param>
internal sealed record AccessAnswer(bool Changes);

/// <summary>
/// The JSON API, in the one JSON dialect of specs and messages (<see cref="RunJson"/>). Everything here is a GET and
/// changes nothing.
/// </summary>
internal static class SweepEndpoints
{
    private const double MaxHours = 24 * 14;

    public static void MapSweeps(this WebApplication app, LedgerHandle ledger, OverviewCache outlook,
        AccessControl access)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        var feeds = new SweepFeeds(ledger, outlook, stopping);
        app.MapGet("/api/access", (HttpContext context) => Json(new AccessAnswer(access.IsAuthorized(context))))
            .WithSummary("Whether the request may change things").Answers<AccessAnswer>();
        app.MapGet("/api/queue", async (CancellationToken gone) => Json(Queue(ledger, await outlook.FreshAsync(gone))))
            .WithSummary("All sweeps, when they are thought to end, and what they have cost so far")
            .Answers<QueueAnswer>();
        app.MapGet("/api/timeline", async Task<IResult> (double? hours, CancellationToken gone) =>
            hours is not (null or > 0 and <= MaxHours)
                ? TypedResults.Problem($"hours is {hours}; more than 0 and at most {MaxHours} are expected",
                    statusCode: StatusCodes.Status400BadRequest)
                : Json(BuildTimeline(ledger, (await outlook.FreshAsync(gone))?.Forecast,
                    TimeSpan.FromHours(hours ?? 12))))
            .WithSummary("The slots of the nodes: attempts of so many hours (12 unless told) up to now, and what is "
                + "thought to run in as many to come; at most 500 bars").Answers<Timeline>()
                .ProducesProblem(StatusCodes.Status400BadRequest);
        app.MapGet("/api/sweeps",
            async (CancellationToken gone) => Json(SweepLines(ledger, await outlook.FreshAsync(gone))))
            .WithSummary("Every sweep in one line").Answers<IReadOnlyList<SweepLine>>();
        app.MapGet("/api/sweeps/{name}", async (string name, HttpRequest asked, CancellationToken gone) =>
            {
                var numbers = await outlook.FreshAsync(gone);
                return WithSweep(ledger, RouteName.Decode(asked, name),
                    sweep => Snapshot(ledger, numbers, sweep) is { } now
                    ? Json(now) : UnknownSweep(ledger, sweep));
            })
            .WithSummary("A sweep with its runs, as they stand").Answers<SweepSnapshot>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/curves", (string name, string? run, int? points, HttpRequest asked) =>
            points < CurveThinning.MinPoints
                ? TypedResults.Problem($"points is {points}; at least {CurveThinning.MinPoints} are expected",
                    statusCode: StatusCodes.Status400BadRequest)
                : WithSweep(ledger, RouteName.Decode(asked, name), sweep =>
                    run is null || ledger.Read(l => l.Cell(sweep, new RunId(run))) is not null
                        ? new CurvesAnswer(ledger, sweep, run, points)
                        : UnknownRun(sweep, run)))
            .WithSummary("The loss curves of the sweep's runs, at most so many points of each: unless told 1,000, and "
                + "fewer where all would be more than 200,000, but 20. Of one run every point unless told. Ends, "
                + "minima and maxima are kept")
            .Answers<CurvePieces>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/events", (string name, HttpRequest asked) =>
            WithSweep(ledger, RouteName.Decode(asked, name), sweep =>
                new EventStream(feeds, sweep, stopping)))
            .WithSummary(
                "The sweep as server-sent events: first a snapshot, as /api/sweeps/{name} answers, and the curves "
                + "so far as events called points; then, as it happens, events called changed (the same with only those "
                + "runs that have changed) and points. Points are as in /api/sweeps/{name}/curves, at most 1,000 of a run "
                + "and 200,000 in all, ends, minima and maxima kept")
            .Answers<SweepSnapshot>("text/event-stream").ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>The answer where the ledger knows the sweep, the problem where it does not.</summary>
    public static IResult WithSweep(LedgerHandle ledger, string name, Func<string, IResult> answer) =>
        ledger.Find(name) is null ? UnknownSweep(ledger, name) : answer(name);

    public static ContentHttpResult Json<T>(T value) => TypedResults.Text(RunJson.Serialize(value), "application/json");

    public static ProblemHttpResult UnknownRun(string sweep, string run) => TypedResults.Problem(
        $"the sweep {sweep} has no run '{run}'", statusCode: StatusCodes.Status404NotFound, title: "unknown run");

    private static List<SweepLine> SweepLines(LedgerHandle ledger, Overview? outlook) =>
        [.. ledger.Sweeps().Select(s => SweepLine.From(s, outlook))];

    private static QueueAnswer Queue(LedgerHandle ledger, Overview? outlook)
    {
        var lines = SweepLines(ledger, outlook);
        var unknown = lines.Where(l => l.EndsUnknown is not null).GroupBy(l => l.EndsUnknown)
            .Select(g => $"{string.Join(", ", g.Select(l => l.Name))}: {g.Key}").ToList();
        return new QueueAnswer(
            ledger.Now, lines.Max(l => l.EndsAbout), unknown.Count > 0 ? string.Join("; ", unknown) : null,
            SweepCost.OfSweeps([.. lines.Select(l => l.Spent).OfType<SweepCost>()]), lines);
    }

    private static Timeline BuildTimeline(LedgerHandle ledger, QueueForecast? forecast, TimeSpan hours)
    {
        var now = ledger.Now;
        forecast ??= QueueForecast.None(now);
        // half of them for what is to come
        var most = forecast.Runs.Count > 0 ? Timeline.MaxBars / 2 : Timeline.MaxBars;
        var (attempts, inAll) = ledger.Read(l => new { Read = l.AttemptsSince(now - hours, most) })?.Read ?? ([], 0);
        var recent = new RecentAttempts(attempts, inAll);
        return Timeline.Build(now, hours, recent, forecast, ledger.Read(l => l.Nodes()) ?? [],
            runs => ledger.Read(l => l.Cells(runs)) ?? new Dictionary<RunId, (string, SweepCell)>());
    }

    private static SweepSnapshot? Snapshot(LedgerHandle ledger, Overview? outlook, string name)
    {
        if (ledger.Find(name) is not { } sweep || ledger.Read(l => l.ReadChanges(name, -1)) is not { } news)
            return null;
        var standing = news.Runs.ToDictionary(r => r.Run);
        var cells = ledger.Read(l => l.Cells(name)) ?? [];
        var lines = cells.Where(c => standing.ContainsKey(c.Run))
            .Select(c => RunLine.From(c.Run, c.Cell).With(standing[c.Run]));
        return new SweepSnapshot(SweepLine.From(sweep, outlook),
            [.. lines.Select(line => outlook?.AddTo(name, line) ?? line)]);
    }

    private static ProblemHttpResult UnknownSweep(LedgerHandle ledger, string name)
    {
        var known = string.Join(", ", ledger.Sweeps().Select(s => s.Name));
        return TypedResults.Problem(
            $"no sweep is called '{name}' (known: {(known.Length > 0 ? known : "none yet")})",
            statusCode: StatusCodes.Status404NotFound, title: "unknown sweep");
    }
}
