using System.Globalization;
using System.Text.Json;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Sections;

/// <summary>What a sweep cost in time, energy, carbon and money, beside what it was expected to.</summary>
internal static class CostTable
{

    /// <param name="runs">Completed runs, at least one.</param>
    /// <param name="estimate">What was expected of the whole sweep.</param>
    /// <param name="price">What computing costs.</param>
    public static Table Write(IReadOnlyList<RunRow> runs, CostEstimate? estimate, ComputePrice? price) => new Table(
        ["cost", "of", "estimated", "outcome"],
        [.. Time(runs, estimate), .. Energy(runs), .. Carbon(runs), .. price is null ? []
            : Money(runs, estimate, price)], TextColumns: 2).Compact();

    /// <summary>The price that was asked for, else the grid's.</summary>
    /// <exception cref="InputException">The grid that fit.json keeps has a price that is none.</exception>
    public static ComputePrice? Price(SweepMetadata about, ReportOptions options)
    {
        if (options.Price is { } asked) return asked;
        try
        {
            return about.Grid?["worker"]?["price"]?.Deserialize<ComputePrice>(RunJson.Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException("fit.json, sweep.grid.worker.price",
                $"is no price ({e.Message}); mend it, or give --price");
        }
    }

    private static IEnumerable<IReadOnlyList<Line>> Time(IReadOnlyList<RunRow> runs, CostEstimate? estimate)
    {
        var timed = runs.Where(r => r.WallSeconds is not null).ToList();
        if (timed.Count == 0) yield break;
        var seconds = timed.Sum(r => r.DeviceSeconds!.Value);
        // An estimate of other runs than those that ended is none of these.
        var expected = estimate is { DeviceSeconds: > 0 } && estimate.Runs == timed.Count ? estimate : null;
        yield return
        [
            "device time", ReportText.Plural(timed.Count, "completed run")
                + (timed.Exists(r => r.Gpus > 1) ? ", wall times by devices added up" : ", wall times added up")
                + (expected is null ? "" : $"; estimated from the speed of "
                    + $"{ReportText.Plural(expected.BasisRuns, "earlier run")}"),
            expected is null ? "" : Numbers.Seconds(expected.DeviceSeconds),
            Numbers.Seconds(seconds) + (expected is null ? "" : $" ({Percent(seconds / expected.DeviceSeconds)})"),
        ];
    }

    private static IEnumerable<IReadOnlyList<Line>> Energy(IReadOnlyList<RunRow> runs)
    {
        var measured = runs.Where(r => r.EnergyJoules is not null).ToList();
        if (measured.Count == 0) yield break;
        var sources =
            string.Join(", ",
                measured.Select(r => r.EnergySource).OfType<EnergySource>().Distinct().Order()
                .Select(EnumNames.ToName));
        yield return
        [
            "energy", Measured(measured.Count, runs.Count) + (sources.Length > 0 ? $" ({sources})" : ""), "",
            $"{Numbers.Significant(measured.Sum(r => r.EnergyJoules!.Value) / GridIntensity.JoulesPerKwh, 3)} kWh",
        ];
    }

    private static IEnumerable<IReadOnlyList<Line>> Carbon(IReadOnlyList<RunRow> runs)
    {
        foreach (var grid in runs.Where(r => r is { EnergyJoules: not null, Co2eGrams: not null })
            .GroupBy(r => r.GridIntensity))
        {
            var (grams, joules) = (grid.Sum(r => r.Co2eGrams!.Value), grid.Sum(r => r.EnergyJoules!.Value));
            var intensity = joules > 0
                ? $" at {Numbers.Significant(grams / joules * GridIntensity.JoulesPerKwh, 3)} g/kWh" : "";
            yield return
            [
                "CO2-equivalent",
                    $"{ReportText.Plural(grid.Count(), "run")}{intensity}{(grid.Key is { Length: > 0 } name ? $" ({name})" : "")}", "",
                grams < 1000 ? $"{Numbers.Significant(grams, 3)} g" : $"{Numbers.Significant(grams / 1000, 3)} kg",
            ];
        }
    }

    private static IEnumerable<IReadOnlyList<Line>> Money(IReadOnlyList<RunRow> runs, CostEstimate? estimate,
        ComputePrice price)
    {
        var (timed, measured) =
            (runs.Where(r => r.WallSeconds is not null).ToList(), runs.Where(r => r.EnergyJoules is not null).ToList());
        var time = price.ForSeconds(timed.Sum(r => r.DeviceSeconds!.Value));
        var energy = measured.Count == 0 ? null : price.ForJoules(measured.Sum(r => r.EnergyJoules!.Value));
        List<string> rates =
        [
            .. price.PerDeviceHour is { } hour ? (string[])[$"{Numbers.Plain(hour)} {price.Currency} a device hour of "
            + $"{ReportText.Plural(timed.Count, "run")}"] : [],
            .. price.PerKwh is { } kwh
                ? (string[])[$"{Numbers.Plain(kwh)} {price.Currency} a kWh of {Measured(measured.Count, runs.Count)}"]
                : [],
        ];
        // Energy is not predicted, so that a price by the kilowatt-hour has no estimate.
        var expected = price.PerKwh is null && estimate is not null && estimate.Runs == timed.Count
            ? price.ForSeconds(estimate.DeviceSeconds) : null;
        yield return
        [
            "money", $"{string.Join(", ", rates)} ({price.Name})", expected is { } predicted ? Amount(predicted, price)
                : "",
            time is null && energy is null ? "not known" : Amount((time ?? 0) + (energy ?? 0), price),
        ];
    }

    private static string Amount(double money, ComputePrice price) =>
        $"{(money is > 0 and < 0.1 ? Numbers.Significant(money, 2) : money.ToString("N2", CultureInfo.InvariantCulture))} {price.Currency}";

    private static string Measured(int measured, int all) => measured == all ? ReportText.Plural(all, "run")
        : $"{ReportText.Whole(measured)} of {ReportText.Plural(all, "run")}, those that measured it";

    private static string Percent(double ratio) =>
        $"{(ratio < 1 ? "−" : "+")}{Numbers.Significant(100 * Math.Abs(ratio - 1), 2)} %";
}
