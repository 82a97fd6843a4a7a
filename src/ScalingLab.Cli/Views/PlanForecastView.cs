using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Planning;
using Spectre.Console;

namespace ScalingLab.Cli.Views;

/// <summary>What the runs of a plan take, as a table and in sentences.</summary>
internal static class PlanForecastView
{
    private const double Giga = 1e9;
    private const double MostSeconds = 1e11;

    /// <summary>Shows what one run of each row takes.</summary>
    public static void ShowRows(Screen screen, Plan plan, PlanForecast forecast, int most)
    {
        var device = forecast.Device!;
        screen.Console.WriteLine(TerminalText.Escape($"One run on {device.Name}"
            + (device.MemoryBytes is { } memory ? $" ({Gigabytes(memory)} GB)" : "") + ":"));
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        var columns = Columns(plan, forecast);
        foreach (var (heading, _) in columns)
            table.AddColumn(new TableColumn(TerminalText.EscapeMarkup(heading)).NoWrap().RightAligned());
        foreach (var (row, run) in plan.Rows.Zip(forecast.Rows).Take(most))
            table.AddRow([.. columns.Select(column => TerminalText.EscapeMarkup(column.Value(row, run)))]);
        screen.Console.Write(table);
        foreach (var basis in forecast.Rows.GroupBy(run => run.StandsOn))
            screen.Console.WriteLine(TerminalText.Escape($"Time of a run: {basis.Key}"
                + (basis.Count() == forecast.Rows.Count ? "."
                    : $" ({Quantity.Whole(basis.Count())} of {Quantity.Whole(forecast.Rows.Count)} rows).")));
        if (forecast.Rows.Any(run => run.Fits == false))
            screen.Console.WriteLine("Memory marked ! does not fit: the largest micro-batch that does is beside it, 0 "
                + "where not one sequence does.");
    }

    /// <summary>What all that is left takes, in sentences; none where the time is not known.</summary>
    public static IEnumerable<string> Totals(PlanForecast forecast)
    {
        if (forecast.Estimate is not { Wall: { } wall, DeviceTime: { } device } || wall == TimeSpan.Zero) yield break;
        if (forecast.Errors is { } errors)
            yield return $"Nine times in ten: {Between(device, errors.Low, errors.High)} of device time, "
                + $"{Between(wall, errors.Low, errors.High)} by the clock.";
        if (forecast.Ends is { } ends)
            yield return $"Begun now, it ends {Moment(ends)}"
                + (forecast.EndsLate is { } late ? $", nine times in ten by {Moment(late)}." : ".");
        if (forecast.EnergyJoules is { } joules)
            yield return $"Energy of the devices: {KilowattHours(joules)} kWh"
                + (forecast.Co2eGrams is { } grams ? $", {Quantity.Compact(grams)} g of CO2e." : ".");
    }

    private static List<(string Heading, Func<PlanRow, RunForecast, string> Value)> Columns(Plan plan,
        PlanForecast forecast)
    {
        var varied = plan.Rows.SelectMany(r => r.Varies).Select(v => v.Field).Distinct().ToList();
        List<(string, Func<PlanRow, RunForecast, string>)> columns =
            [("model", (row, _) => row.Model), ("parameters", (row, _) => Quantity.Compact(row.ParametersTotal))];
        if (plan.Rows.Any(row => row.ParametersOriginal is not null))
            columns.Add(("known as", (row, _) => row.ParametersOriginal is { } known ? Quantity.Compact(known) : ""));
        columns.Add(("tokens", (row, _) => Quantity.Compact(row.Tokens)));
        columns.AddRange(varied.Select(field => (field, (Func<PlanRow, RunForecast, string>)((row, _) =>
            row.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? ""))));
        columns.Add(("memory, GB", (_, run) => (run.Fits == false ? "! " : "") + Gigabytes(run.PeakBytes)));
        columns.Add(("micro-batch", (_, run) => Quantity.Whole(run.MicroBatchTokens)
            + (run.Fits == false ? $" ({Quantity.Whole(run.LargestMicroBatchTokens ?? 0)} fits)" : "")));
        columns.Add(("tokens/s", (_, run) => run.TokensPerSecond is { } speed ? Quantity.Compact(speed) : ""));
        columns.Add(("time", (_, run) => run.Seconds is { } time ? Duration(time) : "not known"));
        if (forecast.Rows.Any(run => run.Errors is not null))
            columns.Add(("9 in 10", (_, run) => run.Errors is { } errors ? string.Create(CultureInfo.InvariantCulture,
                $"{errors.Low - 1:+0%;-0%} {errors.High - 1:+0%;-0%}") : ""));
        if (forecast.Rows.Any(run => run.EnergyJoules is not null))
            columns.Add(("kWh", (_, run) => run.EnergyJoules is { } joules ? KilowattHours(joules) : ""));
        if (forecast.Rows.Any(run => run.Price is not null))
            columns.Add((forecast.Price!.Currency, (_, run) => run.Price is { } money
                ? money.ToString("N2", CultureInfo.InvariantCulture) : ""));
        return columns;
    }

    private static string Between(TimeSpan time, double low, double high) =>
        $"{Quantity.Duration(time * low)} to {Quantity.Duration(time * high)}";

    // A grid may ask for runs of a million years.
    private static string Duration(double seconds) => seconds > MostSeconds ? $"{Quantity.Compact(seconds)} s"
        : Quantity.Duration(TimeSpan.FromSeconds(seconds));

    private static string Gigabytes(long bytes) => Quantity.Plain(bytes / Giga);

    private static string KilowattHours(double joules) => Quantity.Plain(joules / GridIntensity.JoulesPerKwh);

    private static string Moment(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, TimeZoneInfo.Local)
        .ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
