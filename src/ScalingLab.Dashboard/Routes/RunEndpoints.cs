using Microsoft.AspNetCore.Http.HttpResults;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Dashboard.Routes;

/// <summary>One run: all that is known of it, and what its attempts said.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this WebApplication app, LedgerHandle ledger, OverviewCache outlook, StateFiles files)
    {
        app.MapGet("/api/sweeps/{name}/runs/{id}", (string name, string id, HttpRequest asked) =>
                SweepEndpoints.WithSweep(ledger, RouteName.Decode(asked, name), sweep =>
                    Page(ledger, outlook.Latest(), files, sweep, new RunId(id)) is { } page ? SweepEndpoints.Json(page)
                        : SweepEndpoints.UnknownRun(sweep, id)))
            .WithSummary("One run of the sweep: its specification, attempts, curve and telemetry").Answers<RunPage>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        app.MapGet("/api/sweeps/{name}/runs/{id}/log", (string name, string id, int? attempt, HttpRequest asked) =>
                SweepEndpoints.WithSweep(ledger, RouteName.Decode(asked, name), sweep =>
                    Log(ledger, files, sweep, new RunId(id), attempt)))
            .WithSummary(
                "The end of the log of an attempt at the run, at most 64 KiB; of the latest attempt unless told")
            .Answers<string>("text/plain").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static RunPage? Page(LedgerHandle ledger, Overview? outlook, StateFiles files, string sweep, RunId id)
    {
        if (ledger.Read(l => l.Cell(sweep, id)) is not { } cell
            || ledger.Read(l => l.Status(sweep, id)) is not { } standing) return null;
        var points = ledger.Read(l => l.Points(id)) ?? [];
        var line = RunLine.From(id, cell).With(standing);
        return new RunPage(
            outlook?.AddTo(sweep, line) ?? line, sweep, cell.Title, cell.Spec,
            [.. (ledger.Read(l => l.Attempts(id)) ?? []).Select(a => AttemptLine.From(a, files))],
                RunCurve.From(id, cell.Spec, points))
        {
            Telemetry = RunTelemetry.Latest(points),
            SampleCommand = standing.State == RunState.Completed && files.HasCheckpoints(id) ? $"lab sample {id}"
                : null,
        };
    }

    private static IResult Log(LedgerHandle ledger, StateFiles files, string sweep, RunId id, int? number)
    {
        if (ledger.Read(l => l.Status(sweep, id)) is null) return SweepEndpoints.UnknownRun(sweep, id.Value);
        var attempts = ledger.Read(l => l.Attempts(id)) ?? [];
        if (attempts.LastOrDefault(a => number is null || a.Number == number) is not { } attempt)
            return Problem(number is { } asked ? $"there was no attempt {asked} at the run"
                : "nobody has attempted the run yet");
        if (!files.HasLog(id, attempt.Number))
        {
            return Problem($"the log of attempt {attempt.Number} is not on this machine: it was made by "
                + $"{attempt.Node}, whose state folder has it as " + StateFiles.LogName(id, attempt.Number));
        }
        try
        {
            return TypedResults.Text(files.LogTail(id, attempt.Number), "text/plain; charset=utf-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem($"the log of attempt {attempt.Number} cannot be shown: {e.Message}");
        }
    }

    private static ProblemHttpResult Problem(string why) =>
        TypedResults.Problem(why, statusCode: StatusCodes.Status404NotFound, title: "no log");
}
