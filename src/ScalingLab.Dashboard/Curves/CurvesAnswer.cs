using System.Text;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard.Curves;

/// <summary>
/// The curves of a sweep, written some runs at a time: ten thousand need not be in memory at once.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="sweep">The sweep.</param>
/// <param name="only">Of one run alone.</param>
/// <param name="most">Most points of each run; null for as many as a page is told, and of one run all.</param>
internal sealed class CurvesAnswer(LedgerHandle ledger, string sweep, string? only, int? most) : IResult
{
    private const int RunsAtOnce = 50;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "application/json";
        var cells = (ledger.Read(l => l.Cells(sweep)) ?? []).Index()
            .Where(c => only is null || c.Item.Run.Value == only).ToList();
        var points = most ?? (only is null ? CurveThinning.MaxPointsPerRun(cells.Count) : int.MaxValue);
        await response.WriteAsync("{\"runs\":[", httpContext.RequestAborted);
        var comma = "";
        foreach (var some in cells.Chunk(RunsAtOnce))
        {
            var rows = ledger.Read(l => l.Curves(sweep, some[0].Index, some[^1].Index + 1));
            var text = new StringBuilder();
            foreach (var (_, (run, cell)) in some.Where(c => rows?.Contains(c.Item.Run) == true))
            {
                text.Append(comma).Append(RunJson.Serialize(RunPoints.Create(run, cell.Spec, [.. rows![run]], points)));
                comma = ",";
            }
            await response.WriteAsync(text.ToString(), httpContext.RequestAborted);
        }
        await response.WriteAsync("]}", httpContext.RequestAborted);
    }
}
