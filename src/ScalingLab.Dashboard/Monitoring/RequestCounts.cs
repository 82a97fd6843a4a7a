using System.Collections.Concurrent;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>How many requests were answered with which status since the page began.</summary>
internal sealed class RequestCounts
{
    private readonly ConcurrentDictionary<int, long> _byStatus = new();

    /// <summary>Each status with its count, by status.</summary>
    public IReadOnlyList<(int Status, long Requests)> ByStatus =>
        [.. _byStatus.OrderBy(c => c.Key).Select(c => (c.Key, c.Value))];

    /// <summary>Counts from here on: requests whose answer has ended.</summary>
    public void Use(WebApplication app) => app.Use(async (context, next) =>
    {
        try
        {
            await next();
        }
        finally
        {
            _byStatus.AddOrUpdate(context.Response.StatusCode, 1, (_, before) => before + 1);
        }
    });
}
