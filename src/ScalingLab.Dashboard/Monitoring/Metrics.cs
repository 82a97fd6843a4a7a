using System.Text;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Scheduling.Monitoring;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>GET /metrics: what stands in the ledger, and the page's own requests, as Prometheus reads it.</summary>
internal static class Metrics
{
    public static void MapMetrics(this WebApplication app, LedgerHandle ledger, RequestCounts requests)
    {
        app.MapGet("/metrics", () =>
        {
            var text = new PrometheusText();
            if (ledger.Read(LedgerSnapshot.Read) is { } reading)
            {
                foreach (var metric in LedgerMetrics.All)
                    text.Add(metric.Name, metric.Kind, metric.Help, metric.Read(reading));
            }
            text.Add("scalinglab_page_requests_total", MetricKind.Counter,
                "Requests that the page has answered, by HTTP status.",
                requests.ByStatus.Select(r => new Sample(r.Requests, ("code", $"{r.Status}"))));
            return TypedResults.Text(text.ToString(), PrometheusText.MediaType, Encoding.UTF8);
        }).WithSummary("Metrics in Prometheus' text format")
            .Produces<string>(StatusCodes.Status200OK, PrometheusText.MediaType);
    }
}
