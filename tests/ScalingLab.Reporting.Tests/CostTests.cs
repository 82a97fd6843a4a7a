using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>What a sweep cost, beside what was expected.</summary>
public sealed class CostTests
{
    private static readonly ComputePrice Price = new("list price", "EUR") { PerDeviceHour = 2.5, PerKwh = 0.5 };

    // Two runs of an hour; one of them measured a kilowatt-hour.
    private static readonly SweepResults Two = Sweeps.Quickstart() with
    {
        Runs = [.. Sweeps.Quickstart().Runs.Take(2)
            .Select((r, i) =>
                r with { Result = r.Result! with { WallSeconds = 3600, EnergyJoules = i == 0 ? 3.6e6 : null } })],
    };

    [Fact]
    public void Money_is_time_and_energy_by_the_grids_price_and_by_a_price_that_is_asked_for()
    {
        const string Grid =
            """{ "worker": { "price": { "name": "list price", "currency": "EUR", "perDeviceHour": 2.5, "perKwh": 0.5 } } }""";
        var line =
            "| money | 2.5 EUR a device hour of 2 runs, 0.5 EUR a kWh of 1 of 2 runs, those that measured it (list "
                + "price) | 5.50 EUR |";
        Assert.Contains(line, Written.Of(Two with { GridJson = Grid }).Report, StringComparison.Ordinal);
        Assert.Contains(line, Written.Of(Two, new ReportOptions { Price = Price }).Report, StringComparison.Ordinal);
        var asked = new ReportOptions { Price = new ComputePrice("given", "USD") { PerDeviceHour = 1 } };
        Assert.Contains(
            "| money | 1 USD a device hour of 2 runs (given) | 2.00 USD |",
            Written.Of(Two with { GridJson = Grid }, asked).Report, StringComparison.Ordinal);
        Assert.DoesNotContain("money", Written.Of(Two).Report, StringComparison.Ordinal);
        var wrong =
            Assert.Throws<InputException>(() => Written.Of(Two with { GridJson = """{ "worker": { "price": 3 } }""" }));
        Assert.Equal("fit.json, sweep.grid.worker.price", wrong.Problems[0].Place);
    }

    [Fact]
    public void The_estimate_stands_beside_the_outcome_where_it_is_of_the_same_runs()
    {
        var report =
            Written.Of(Two with { Estimate = new CostEstimate(6000, 2, 12) },
                new ReportOptions { Price = Price with { PerKwh = null } }).Report;
        Assert.Contains(
            "| device time | 2 completed runs, wall times added up; estimated from the speed of 12 earlier runs | 1 h "
                + "40 min | 2 h 0 min (+20 %) |", report,
            StringComparison.Ordinal);
        Assert.Contains("| money | 2.5 EUR a device hour of 2 runs (list price) | 4.17 EUR | 5.00 EUR |", report,
            StringComparison.Ordinal);
        Assert.DoesNotContain("estimated", Written.Of(Two with { Estimate = new CostEstimate(6000, 3, 12) }).Report,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_says_how_far_predictions_were_off()
    {
        var runs = Two.Runs.Select((run, i) => run with
        {
            PredictedSeconds = i == 0 ? 3000 : 4000,
            Result = run.Result! with { PeakMemoryBytes = 1000, PredictedPeakBytes = 800 },
        });
        Assert.Contains("Of what was predicted before each run began, time was 15 % off in the median of 2 runs (from "
            + "-10.0 % to +20.0 %); peak memory was 25 % off in the median of 2 runs (from +25.0 % to +25.0 %).",
            Written.Of(Two with { Runs = [.. runs] }).Report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_estimate_is_kept_with_the_results()
    {
        using var folder = new TemporaryFolder();
        var options = new ReportOptions { BootstrapDraws = 0, Figures = false };
        await ResultsWriter.WriteAsync(Two with { Estimate = new CostEstimate(6000, 2, 12) }, folder.Path, options);
        var first = File.ReadAllText(folder["report.md"]);
        await ResultsWriter.RewriteAsync(folder.Path, options);
        Assert.Equal(first, File.ReadAllText(folder["report.md"]));
        Assert.Contains("12 earlier runs", first, StringComparison.Ordinal);
    }
}
