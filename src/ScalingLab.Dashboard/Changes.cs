using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Dashboard;

/// <summary>What was changed.</summary>
/// <param name="Done">In words.</param>
/// <param name="Runs">The runs that changed, where runs did.</param>
internal sealed record ChangeAnswer(string Done, IReadOnlyList<string>? Runs = null);

/// <summary>
/// Changes of the queue, each a POST that has shown the token: /api/sweeps/NAME/{pause|resume|cancel|retry|yield}, /api/nodes/NAME/{yield|resume},
/// /api/{yield|resume} for everything. No grid is taken here, and so no path: what runs was queued at a shell.
/// </summary>
internal static class Changes
{
    public static void MapChanges(this WebApplication app, LedgerHandle ledger)
    {
        Map<NoWish>(app, "/api/sweeps/{name}/pause", ledger, (queue, name, _) => queue.Pause(name) ? new($"{name} is paused") : null);
        Map<NoWish>(app, "/api/sweeps/{name}/resume", ledger, (queue, name, _) => queue.Resume(name) ? new($"{name} may go on") : null);
        Map<RunWish>(app, "/api/sweeps/{name}/cancel", ledger, (queue, name, wish) => Runs(queue, name, wish, queue.Cancel, "cancelled"));
        Map<RunWish>(app, "/api/sweeps/{name}/retry", ledger, (queue, name, wish) => Runs(queue, name, wish, queue.Retry, "pending again"));
        Map<TimeWish>(app, "/api/sweeps/{name}/yield", ledger, (queue, name, wish) =>
            queue.Yield(name, until: wish.End(queue)) ? new($"{name} yields") : null);
        Map<TimeWish>(app, "/api/nodes/{name}/yield", ledger, (queue, name, wish) =>
            queue.Yield(node: name, until: wish.End(queue)) ? new($"{name} yields") : null);
        Map<NoWish>(app, "/api/nodes/{name}/resume", ledger, (queue, name, _) => queue.Resume(node: name) ? new($"{name} may go on") : null);
        Map<TimeWish>(app, "/api/yield", ledger, (queue, _, wish) => queue.Yield(until: wish.End(queue)) ? new("everything yields") : null);
        Map<NoWish>(app, "/api/resume", ledger, (queue, _, _) => queue.Resume() ? new("every yield is taken back") : null);
    }

    private static void Map<T>(WebApplication app, string pattern, LedgerHandle ledger, Func<Ledger, string, T, ChangeAnswer?> change)
        where T : IWish, new() => app.MapPost(pattern, async Task<IResult> (HttpContext context, string name = "") =>
        {
            try
            {
                name = RouteName.Of(context.Request, name);
                var wish = await Wishes.ReadAsync<T>(context.Request);
                if (ledger.Change(queue => change(queue, name, wish)) is not { } done)
                    return TypedResults.Problem($"nothing in the ledger is called '{name}'", statusCode: StatusCodes.Status404NotFound, title: "unknown name");
                Trouble.Log($"{done.Done}, asked for by {context.Connection.RemoteIpAddress}");
                return TypedResults.Text(RunJson.Serialize(done), "application/json");
            }
            catch (InputException e)
            {
                return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest, title: "bad request");
            }
        });

    private static ChangeAnswer? Runs(
        Ledger queue, string sweep, RunWish wish, Func<string, RunId?, IReadOnlyList<RunId>> change, string word)
    {
        if (queue.Find(sweep) is null) return null;
        if (wish.Run is { } id && !queue.Records(sweep, withPoints: false).Any(r => r.Cell.Spec.Id.Value == id))
            throw new InputException("run", $"the sweep {sweep} has no run of that id");
        var runs = change(sweep, wish.Run is null ? null : new RunId(wish.Run));
        return new ChangeAnswer($"{runs.Count} runs of {sweep} are {word}", [.. runs.Select(r => r.Value)]);
    }
}
