using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>The figures of what runs took of the machine, and the files that they come from.</summary>
public sealed class MachineFigureTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 29, 20, 0, 0, TimeSpan.Zero);

    /// <summary>Attempts on two nodes: one device with two slots, and every way to end.</summary>
    public static IReadOnlyList<AttemptRow> Attempts(IReadOnlyList<RunRow> runs) =>
    [
        Attempt(runs[0], 1, "a", "cuda:0", 0, 30, RunEvent.AttemptLost, FailureKind.OutOfMemory),
        Attempt(runs[0], 2, "a", "cuda:0", 30, 90, RunEvent.Finished),
        Attempt(runs[1], 1, "a", "cuda:0", 10, 40, RunEvent.Yielded, FailureKind.Interrupted),
        Attempt(runs[1], 2, "a", "cuda:10", 45, 46, RunEvent.AttemptLost, FailureKind.Crashed),
        Attempt(runs[2], 1, "b", null, 5, 200, RunEvent.AttemptLost, FailureKind.LeaseExpired),
        Attempt(runs[2], 2, "b", null, 210, null, null),
        Attempt(runs[3], 1, "a", "cuda:2", 0, 20, RunEvent.FailedForGood, FailureKind.Diverged),
        Attempt(runs[4], 1, "a", "cuda:2", 20, 21, RunEvent.FailedForGood, FailureKind.Data),
        Attempt(runs[5], 1, "a", "cuda:2", 21, 50, RunEvent.Cancelled),
    ];

    /// <summary>Runs with times and peaks of memory that were predicted, and the quickstart's attempts.</summary>
    public static SweepResults Predicted()
    {
        var results = Sweeps.Quickstart(r => r with
        {
            PredictedSeconds = 0.9 * r.Result!.WallSeconds,
            Result = r.Result with
            {
                PredictedPeakBytes = 200_000_000 + (1000 * r.Cell.Spec.Shape.Width), Mfu = 0.4,
                    EnergyJoules = 100 * r.Result.WallSeconds,
            },
        });
        return results with { Attempts = Attempts([.. results.Runs.Select(r => RunRow.From("s", r))]) };
    }

    [Fact]
    public void Each_slot_has_a_row_in_which_no_two_attempts_overlap_coloured_by_how_they_ended()
    {
        var figure = TimelineFigure.Create([], Attempts(Runs()))!;
        Assert.Equal(
            ["a cuda:0, slot 1", "a cuda:0, slot 2", "a cuda:2", "a cuda:10", "b device not recorded"],
            figure.Panels[0].Y.Ticks.Select(t => t.Label).Reverse());
        Assert.Equal(
            ["finished", "yielded", "out of memory", "crashed", "lease expired", "diverged", "cancelled",
                "still running", "data"],
            figure.Below!.Entries.Select(e => e.Label));
        Assert.Equal(9, figure.Below.Entries.Select(e => e.Colour).Distinct().Count());
        var bars = figure.Panels[0].Marks.Cast<Bars>().Select(b => Assert.Single(b.Of)).ToList();
        foreach (var slot in bars.GroupBy(b => b.At))
        {
            var ordered = slot.OrderBy(b => b.Low).ToList();
            Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(pair.First.High <= pair.Second.Low));
        }

        Assert.StartsWith("Seconds since 2026-11-29 20:00:00 UTC", figure.Panels[0].X.Title, StringComparison.Ordinal);
        Assert.Contains("1,bar,out of memory,,4,0,30,", FigureTable.ToCsv(figure), StringComparison.Ordinal);
        Assert.Equal(210, bars.Max(b => b.High)); // what still runs is drawn as far as anything is known
    }

    [Fact]
    public void A_box_is_as_wide_as_its_time_and_the_shortest_is_seen()
    {
        var figure = TimelineFigure.Create([], Attempts(Runs()))!;
        using var drawing = new FigureDrawing(figure);
        var (picture, area) = (new Picture(drawing.Png()), drawing.Areas().Single());
        int Pixels(string end) =>
            picture.Of(figure.Below!.Entries.Single(e => e.Label == end).Colour, area.X, area.Y, area.Width,
                area.Height);
        var perSecond = area.Width / (figure.Panels[0].X.High - figure.Panels[0].X.Low);
        Assert.InRange(Pixels("finished") / (4 * 11 * 60 * perSecond), 0.92, 1.01); // its edges are smoothed
        Assert.True(Pixels("crashed") > 20); // one second of 210
    }

    [Fact]
    public void Thousands_of_attempts_are_one_mark_for_each_way_to_end()
    {
        var run = Runs()[0];
        var many = Enumerable.Range(0, 2000)
            .Select(i => Attempt(run, i + 1, "a", "cpu", 10 * i, (10 * i) + 9, RunEvent.Finished)).ToList();
        Assert.Equal(2000,
            Assert.IsType<Bars>(Assert.Single(TimelineFigure.Create([], many)!.Panels[0].Marks)).Of.Count);
        Assert.StartsWith("Hours since", TimelineFigure.Create([], many)!.Panels[0].X.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_come_back_from_their_file_and_a_file_that_is_not_there_has_none()
    {
        using var folder = new TemporaryFolder();
        var rows = Attempts(Runs());
        Assert.Empty(AttemptsCsv.Read(folder["attempts.csv"]));
        await AttemptsCsv.WriteAsync(folder["attempts.csv"], rows);
        Assert.Equal(rows, AttemptsCsv.Read(folder["attempts.csv"]));
        var lines = File.ReadAllLines(folder["attempts.csv"]);
        Assert.Equal("run_id,attempt,node,device,began,ended,outcome,failure_kind", lines[0]);
        Assert.EndsWith(",1,a,cuda:0,2026-11-29T20:00:00.000Z,2026-11-29T20:00:30.000Z,attempt-lost,out-of-memory",
            lines[1], StringComparison.Ordinal);
        File.WriteAllText(folder["attempts.csv"], lines[0] + "\nr,one,a,,yesterday,,ended,\n");
        Assert.Equal(
            ((string[])["attempt", "began", "outcome"]).Select(column => $"{folder["attempts.csv"]} line 2, {column}"),
            Assert.Throws<InputException>(() => AttemptsCsv.Read(folder["attempts.csv"])).Problems.Select(p =>
                p.Place));
    }

    [Fact]
    public async Task Attempts_are_kept_when_the_results_are_written_again()
    {
        using var folder = new TemporaryFolder();
        var options = new ReportOptions { BootstrapDraws = 0, Figures = false };
        var outcome =
            await ResultsWriter.WriteAsync(OddSweepTests.Odd("one run") with { Attempts = Attempts(Runs()) },
                folder.Path, options);
        Assert.Contains("attempts.csv", outcome.Files);
        var first = File.ReadAllBytes(folder["attempts.csv"]);
        await ResultsWriter.RewriteAsync(folder.Path, options);
        Assert.Equal(first, File.ReadAllBytes(folder["attempts.csv"]));
    }

    [Fact]
    public void What_was_measured_has_a_panel_and_the_caption_names_the_rest()
    {
        var figure = MachineFigure.Create([.. Sweeps.Quickstart().Runs.Select(r => RunRow.From("s", r))])!;
        Assert.Equal(["speed", "memory"], figure.Panels.Select(p => p.Y.Name));
        Assert.EndsWith("Not measured by any of these runs: MFU, energy.", figure.Caption, StringComparison.Ordinal);
        var all = MachineFigure.Create([.. Predicted().Runs.Select(r => RunRow.From("s", r))])!;
        Assert.Equal(["speed", "MFU", "memory", "energy"], all.Panels.Select(p => p.Y.Name));
        Assert.DoesNotContain("Not measured", all.Caption, StringComparison.Ordinal);
        // one size
        Assert.Null(MachineFigure.Create([.. Sweeps.Quickstart().Runs.Take(1).Select(r => RunRow.From("s", r))]));
    }

    [Fact]
    public void Predicted_and_measured_cost_stand_on_equal_axes_with_the_line_of_equality()
    {
        var rows = Predicted().Runs.Select(r => RunRow.From("s", r)).ToList();
        var figure = CostFigure.Create(rows)!;
        Assert.Equal(["measured time", "measured memory"], figure.Panels.Select(p => p.X.Name));
        Assert.All(figure.Panels, p => Assert.Equal((p.X.Low, p.X.High), (p.Y.Low, p.Y.High)));
        var dots = figure.Panels[0].Marks.OfType<Dots>().SelectMany(d => d.At).ToList();
        Assert.Equal(rows.Count, dots.Count);
        Assert.All(dots, d => Assert.Equal(0.9, d.Y / d.X, 1e-9));
        var without = CostFigure.Create([.. rows.Select(r => r with { PredictedSeconds = null })])!;
        Assert.Single(without.Panels);
        Assert.Contains("No time is drawn", without.Caption, StringComparison.Ordinal);
        Assert.Null(CostFigure.Create([.. Sweeps.Quickstart().Runs.Select(r => RunRow.From("s", r))]));
    }

    private static List<RunRow> Runs() => [.. Sweeps.Quickstart().Runs.Take(6).Select(r => RunRow.From("s", r))];

    private static AttemptRow Attempt(
        RunRow run, int number, string node, string? device, int began, int? ended, RunEvent? outcome,
        FailureKind? failure = null) =>
        new(run.RunId, number, node, device, Start.AddSeconds(began), ended is { } at ? Start.AddSeconds(at) : null,
            outcome, failure);
}
