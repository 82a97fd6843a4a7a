using System.Data.Common;
using Microsoft.AspNetCore.Http.HttpResults;
using ScalingLab.Dashboard.Routes;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>Whether what was started works.</summary>
internal sealed record HealthAnswer
{
    /// <summary>"ok" or "unavailable".</summary>
    public required string Status { get; init; }

    /// <summary>What is wrong; absent where nothing is.</summary>
    public string? Why { get; init; }

    /// <summary>The node that is served with the page; absent where the page is alone.</summary>
    public string? Node { get; init; }

    /// <summary>How long ago the node was last at the ledger, by the ledger's clock.</summary>
    public double? AnnouncedSecondsAgo { get; init; }

    /// <summary>The answer where that is wrong; null where nothing is.</summary>
    public static HealthAnswer From(string? why) => new() { Status = why is null ? "ok" : "unavailable", Why = why };
}

/// <summary>
/// GET /healthz: 200 where the ledger can be read and the node that is served with the page is at it, 503 with the
/// reason otherwise.
/// </summary>
internal static class Health
{
    public static void MapHealth(this WebApplication app, LedgerHandle ledger, ProcessIdentity? node) =>
        app.MapGet("/healthz", () => Answer(Check(ledger, node)))
        .WithSummary(
            "Whether the ledger can be read, and the node that is served with the page has been at it within its lease")
        .Answers<HealthAnswer>().Produces<HealthAnswer>(StatusCodes.Status503ServiceUnavailable, "application/json");

    private static ContentHttpResult Answer(HealthAnswer health) => TypedResults.Text(
        RunJson.Serialize(health) + "\n", "application/json",
        statusCode: health.Why is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    private static HealthAnswer Check(LedgerHandle ledger, ProcessIdentity? node)
    {
        try
        {
            return ledger.Read(l => Assess(l.Nodes(), node, l.Now))
                ?? HealthAnswer.From("there is no ledger yet: it is made when a sweep is queued or a node starts");
        }
        catch (Exception e) when (e is DbException or InputException)
        {
            return HealthAnswer.From($"the ledger cannot be read: {e.Message}");
        }
    }

    private static HealthAnswer Assess(IReadOnlyList<NodeStatus> nodes, ProcessIdentity? process, DateTimeOffset now)
    {
        if (process is null) return HealthAnswer.From(null);
        if (nodes.FirstOrDefault(n => n.Node.Host == process) is not { } node)
            return HealthAnswer.From("the node has not yet been at the ledger");
        var ago = Math.Round((now - node.Announced).TotalSeconds, 1);
        var why = node.LeaseUntil is null ? "the node has left"
            : node.LeaseUntil > now ? null
            : FormattableString.Invariant($"the node was last at the ledger {ago} s ago");
        return HealthAnswer.From(why) with { Node = node.Node.Name, AnnouncedSecondsAgo = ago };
    }
}
