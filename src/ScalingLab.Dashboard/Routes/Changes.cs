using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Routes;

/// <summary>What was changed.</summary>
/// <param name="Done">In words.</param>
/// <param name="Runs">The runs that changed, where runs did.</param>
internal sealed record ChangeAnswer(string Done, IReadOnlyList<string>? Runs = null);

/// <summary>
/// Changes of the queue, each a POST that has shown the token:
/// /api/sweeps/NAME/{pause|resume|cancel|retry|yield|priority|window|deadline},
/// /api/nodes/NAME/{yield|resume},
/// /api/{yield|resume} for everything. No grid is taken here, and so no path: what runs was queued at a shell.
/// </summary>
internal static class Changes
{
    public static void MapChanges(this WebApplication app, LedgerHandle ledger)
    {
        Named<EmptyRequest>("/api/sweeps/{name}/pause", "Starts nothing more of the sweep; what runs goes on",
            (queue, name, _) => queue.Pause(name) ? new($"{name} is paused") : null);
        Named<EmptyRequest>("/api/sweeps/{name}/resume", "Takes back a pause or a yield of the sweep",
            (queue, name, _) => queue.Resume(name) ? new($"{name} may go on") : null);
        Named<RunRequest>("/api/sweeps/{name}/cancel", "Cancels the sweep's runs that have not ended, or one of them",
            (queue, name, request) => Runs(queue, name, request, queue.Cancel, "cancelled"));
        Named<RunRequest>("/api/sweeps/{name}/retry", "Has failed, quarantined and cancelled runs of the sweep tried "
            + "again, or one of them",
            (queue, name, request) => Runs(queue, name, request, queue.Retry, "pending again"));
        Named<PriorityRequest>("/api/sweeps/{name}/priority",
            "Has the sweep's runs start before those of sweeps of a lower priority",
            (queue, name, request) => queue.SetPriority(name, request.Priority)
            ? new($"{name} has priority {request.Priority}")
                : null);
        Named<WindowRequest>("/api/sweeps/{name}/window", "Has the sweep run in a window of time only, or at any time",
            (queue, name, request) => request.Window is { } text
                ? TimeWindow.ParseLocal(text, "window").ToString() is var window && queue.SetWindow(name, window)
                    ? new($"{name} runs {window}") : null
                : queue.SetWindow(name, null) ? new($"{name} runs at any time") : null);
        Named<DeadlineRequest>("/api/sweeps/{name}/deadline",
            "Has nothing of the sweep started that cannot end by a deadline, or takes that back",
            (queue, name, request) => request.At(queue) is var at && queue.SetDeadline(name, at)
                ? new(at is { } end
                    ? FormattableString.Invariant($"{name} has to end by {end:yyyy-MM-dd'T'HH:mm:sszzz}")
                    : $"{name} has no deadline") : null);
        Named<YieldRequest>("/api/sweeps/{name}/yield",
            "Has the sweep's workers write checkpoints and stop, and starts nothing more of it, for a while or until "
                + "it is resumed",
            (queue, name, request) => queue.Yield(name, until: request.End(queue)) ? new($"{name} yields") : null);
        Named<YieldRequest>("/api/nodes/{name}/yield",
            "Has the node's workers write checkpoints and stop, and starts nothing more there, for a while or until it is resumed",
            (queue, name, request) => queue.Yield(node: name, until: request.End(queue)) ? new($"{name} yields")
            : null);
        Named<EmptyRequest>("/api/nodes/{name}/resume", "Takes back a yield of the node",
            (queue, name, _) => queue.Resume(node: name) ? new($"{name} may go on") : null);
        All<YieldRequest>("/api/yield",
            "Has all workers write checkpoints and stop, and starts nothing more, for a while or until it is resumed",
            (queue, request) => queue.Yield(until: request.End(queue)) ? new("everything yields") : null);
        All<EmptyRequest>("/api/resume", "Takes back every yield", (queue, _) => queue.Resume()
            ? new("every yield is taken back") : null);

        void Named<T>(string pattern, string summary, Func<Ledger, string, T, ChangeAnswer?> change)
            where T : IChangeRequest =>
                Describe<T>(summary, app.MapPost(pattern, async Task<IResult> (HttpContext context, string name) =>
                await AnswerAsync(context, ledger, RouteName.Decode(context.Request, name), change))
                .ProducesProblem(StatusCodes.Status404NotFound));

        void All<T>(string pattern, string summary, Func<Ledger, T, ChangeAnswer?> change)
            where T : IChangeRequest =>
                Describe<T>(summary, app.MapPost(pattern, async Task<IResult> (HttpContext context) =>
                await AnswerAsync<T>(context, ledger, "", (queue, _, request) => change(queue, request))));
    }

    private static void Describe<T>(string summary, RouteHandlerBuilder route)
        where T : IChangeRequest
    {
        route.WithSummary(summary).Answers<ChangeAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized);
        if (typeof(T) != typeof(EmptyRequest)) route.WithMetadata(new RequestBodyType(typeof(T)));
    }

    private static async Task<IResult> AnswerAsync<T>(
        HttpContext context, LedgerHandle ledger, string name, Func<Ledger, string, T, ChangeAnswer?> change)
        where T : IChangeRequest
    {
        try
        {
            var request = await ChangeRequests.ReadAsync<T>(context.Request);
            if (ledger.Change(queue => change(queue, name, request)) is not { } done)
                return TypedResults.Problem($"nothing in the ledger is called '{name}'",
                    statusCode: StatusCodes.Status404NotFound, title: "unknown name");
            ErrorHandling.Log($"{done.Done}, asked for by {context.Connection.RemoteIpAddress}");
            return TypedResults.Text(RunJson.Serialize(done), "application/json");
        }
        catch (InputException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest, title: "bad request");
        }
    }

    private static ChangeAnswer? Runs(
        Ledger queue, string sweep, RunRequest request, Func<string, RunId?, IReadOnlyList<RunId>> change, string word)
    {
        if (queue.Find(sweep) is null) return null;
        if (request.Run is { } id && !queue.Records(sweep, withPoints: false).Any(r => r.Cell.Spec.Id.Value == id))
            throw new InputException("run", $"the sweep {sweep} has no run of that id");
        var runs = change(sweep, request.Run is null ? null : new RunId(request.Run));
        return new ChangeAnswer($"{runs.Count} runs of {sweep} are {word}", [.. runs.Select(r => r.Value)]);
    }
}
