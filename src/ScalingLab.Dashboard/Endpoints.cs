using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
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
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollBlindly = TimeSpan.FromSeconds(3); // a database does not tell that nothing happened: all is read anew

    public static void MapSweeps(this WebApplication app, LedgerHandle ledger, Access access)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.MapGet("/api/access", (HttpContext context) => Json(new AccessAnswer(access.May(context))))
            .WithSummary("Whether the request may change things").Answers<AccessAnswer>();
        app.MapGet("/api/sweeps", () => Json(ledger.Sweeps().Select(SweepLine.Of)))
            .WithSummary("Every sweep in one line").Answers<IReadOnlyList<SweepLine>>();
        app.MapGet("/api/sweeps/{name}", (string name, HttpRequest asked) => Known(ledger, RouteName.Of(asked, name), sweep =>
                Snapshot(ledger, sweep) is { } now ? Json(now) : Unknown(ledger, sweep)))
            .WithSummary("A sweep with its runs, as they stand").Answers<SweepSnapshot>().ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/curves", (string name, HttpRequest asked) => Known(ledger, RouteName.Of(asked, name), sweep =>
                Json(ledger.Records(sweep).Select(RunCurve.Of))))
            .WithSummary("The loss curves of the sweep's runs").Answers<IReadOnlyList<RunCurve>>().ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/events", (string name, HttpRequest asked, CancellationToken gone) => Known(ledger, RouteName.Of(asked, name), sweep =>
                TypedResults.ServerSentEvents(Events(ledger, sweep, gone, stopping), eventType: "snapshot")))
            .WithSummary("The sweep with its runs as server-sent events called snapshot: at once, then whenever it has changed")
            .Answers<SweepSnapshot>("text/event-stream").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static IResult Known(LedgerHandle ledger, string name, Func<string, IResult> answer) =>
        ledger.Find(name) is null ? Unknown(ledger, name) : answer(name);

    /// <summary>
    /// The sweep's snapshot at once, then again whenever it has changed, until the reader goes, the program stops or the sweep is no more.
    /// </summary>
    private static async IAsyncEnumerable<string> Events(
        LedgerHandle ledger, string name, [EnumeratorCancellation] CancellationToken gone, CancellationToken stopping)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping);
        using var timer = new PeriodicTimer(ledger.Stamp() is null ? PollBlindly : Poll);
        LedgerStamp? seen = null;
        string? said = null;
        do
        {
            var stamp = ledger.Stamp();
            if (stamp is not null && stamp == seen && stamp.IsSettled(DateTime.UtcNow)) continue;
            seen = stamp;
            var (answered, text) = Read(ledger, name);
            if (answered && text is null) yield break;
            if (text is null || text == said) continue;
            said = text;
            yield return text;
        }
        while (await NextAsync(timer, stop.Token));
    }

    /// <summary>The snapshot as text, null where the sweep is no more; and whether the ledger answered at all.</summary>
    private static (bool Answered, string? Text) Read(LedgerHandle ledger, string name)
    {
        try
        {
            return (true, Snapshot(ledger, name) is { } now ? RunJson.Serialize(now) : null);
        }
        catch (DbException)
        {
            return (false, null);
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static SweepSnapshot? Snapshot(LedgerHandle ledger, string name) =>
        ledger.Find(name) is { } sweep ? SweepSnapshot.Of(sweep, ledger.Records(name)) : null;

    private static ContentHttpResult Json<T>(T value) => TypedResults.Text(RunJson.Serialize(value), "application/json");

    private static ProblemHttpResult Unknown(LedgerHandle ledger, string name)
    {
        var known = string.Join(", ", ledger.Sweeps().Select(s => s.Name));
        return TypedResults.Problem(
            $"no sweep is called '{name}' (known: {(known.Length > 0 ? known : "none yet")})",
            statusCode: StatusCodes.Status404NotFound, title: "unknown sweep");
    }
}
