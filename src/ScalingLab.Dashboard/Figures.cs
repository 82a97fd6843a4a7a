using Microsoft.AspNetCore.Http.HttpResults;
using ScalingLab.Reporting;

namespace ScalingLab.Dashboard;

/// <summary>The loss curves as SVG, drawn here and now as a report's are, and the script and style that make them answer.</summary>
internal static class Figures
{
    private const double Narrowest = 320; // CSS pixels
    private const double Widest = 1600;

    public static void MapFigures(this WebApplication app, LedgerHandle ledger)
    {
        app.MapGet("/live.js", () => TypedResults.Text(FigureScript.Script, "text/javascript")).ExcludeFromDescription();
        app.MapGet("/live.css", () => TypedResults.Text(FigureScript.Style, "text/css")).ExcludeFromDescription();
        app.MapGet("/api/sweeps/{name}/figure", Results<ContentHttpResult, NoContent, NotFound> (string name, double? width, HttpRequest asked) =>
        {
            var sweep = RouteName.Of(asked, name);
            if (ledger.Find(sweep) is null) return TypedResults.NotFound();
            return LiveFigure.LossCurves(ledger.Records(sweep), Math.Clamp(width ?? Narrowest, Narrowest, Widest)) is { } svg
                ? TypedResults.Text(svg, "image/svg+xml") : TypedResults.NoContent();
        }).WithSummary("The sweep's loss curves as SVG; 204 before the first point").Answers<string>("image/svg+xml");
    }
}
