using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Planning;
using Spectre.Console;

namespace ScalingLab.Cli.Views;

/// <summary>A plan as a table.</summary>
internal static class PlanView
{
    // A terminal's or a log's reader looks at no more, and a table of a hundred thousand rows takes a gigabyte to lay
    // out.
    private const int MostRows = 1000;

    /// <param name="engine">What would train them.</param>
    public static void Show(Screen screen, Plan plan, PlanForecast forecast, string engine)
    {
        var price = forecast.Price;
        var console = screen.Console;
        console.WriteLine(TerminalText.Escape(plan.Question is { } question ? $"{plan.Name}: {question}" : plan.Name));
        console.Write(Rows(plan, screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii));
        if (plan.Rows.Count > MostRows)
            console.WriteLine($"The first {Quantity.Whole(MostRows)} of {Quantity.Whole(plan.Rows.Count)} rows; --json "
                + "has them all.");
        if (forecast.Rows.Count > 0) PlanForecastView.ShowRows(screen, plan, forecast, MostRows);
        console.WriteLine("N: parameters of blocks and output head; FLOPs: counted exactly, attention in full.");
        console.WriteLine($"{Quantity.Count(plan.Runs, "run")}, {Quantity.Compact(plan.Tokens)} tokens, "
            + $"{Quantity.Power(plan.Flops)} FLOPs in all"
            + (plan.TrainTokens is { } text ? $"; the training text has {Quantity.Compact(text)} unique tokens."
                : "."));
        if (plan.FlopsTrained < plan.Flops)
        {
            console.WriteLine($"Runs that share a trunk train it once: {Quantity.Power(plan.FlopsTrained)} FLOPs, "
                + string.Create(CultureInfo.InvariantCulture, $"{1 - (plan.FlopsTrained / plan.Flops):P0} saved."));
        }

        console.WriteLine(Time(plan, forecast));
        foreach (var line in PlanForecastView.Totals(forecast)) console.WriteLine(line);
        console.WriteLine(TerminalText.Escape($"Engine: {engine}."));
        if (price is not null && Price(plan, forecast, price) is { } money)
            console.WriteLine(TerminalText.Escape(money));
        foreach (var warning in plan.Warnings) console.WriteLine(TerminalText.Escape($"warning: {warning}"));
    }

    private static Table Rows(Plan plan, TableBorder border)
    {
        var varied = plan.Rows.SelectMany(r => r.Varies).Select(v => v.Field).Distinct().ToList();
        var table = new Table().Border(border);
        string[] headings =
            ["model", "N", "budget", "tokens", "tokens/N", "steps", "batch", "LR", "epochs", "FLOPs", .. varied,
                "seeds"];
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(TerminalText.EscapeMarkup(heading)).NoWrap().RightAligned());
        foreach (var row in plan.Rows.Take(MostRows))
        {
            string[] values =
            [
                row.Model,
                Quantity.Compact(row.ParametersWithHead),
                row.BudgetFlops is { } budget ? Quantity.Power(budget) : "",
                Quantity.Compact(row.Tokens),
                Quantity.Plain(row.TokensPerParameter),
                Quantity.Whole(row.Steps),
                Quantity.Whole(row.BatchTokens),
                Quantity.Plain(row.LearningRateMax),
                Epochs(row),
                Quantity.Power(row.Flops),
                .. varied.Select(field => row.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? ""),
                Seeds(row.Seeds),
            ];
            table.AddRow([.. values.Select(TerminalText.EscapeMarkup)]);
        }

        return table;
    }

    /// <summary>What is left to train costs so much; null where that is nothing.</summary>
    private static string? Price(Plan plan, PlanForecast forecast, ComputePrice price)
    {
        var estimate = forecast.Estimate;
        if (estimate.DeviceTime is { } time)
        {
            return (forecast.Money ?? price.ForSeconds(time.TotalSeconds)) is { } money && money > 0
                ? $"Estimated price: {money.ToString("N2", CultureInfo.InvariantCulture)} {price.Currency} for "
                    + $"{Quantity.Duration(time)} of device time ({price.Name})."
                : null;
        }

        return estimate.RunsFinished < plan.Runs
            ? $"Estimated price: not claimed, since the time is not ({price.Name})." : null;
    }

    // The whole of a mixture may be fresh while a part of it is repeated.
    private static string Epochs(PlanRow row) => row.Sources is not { } sources ? Quantity.Plain(row.Epochs)
        : string.Join(' ', sources.Select(source => $"{source.Name} {Quantity.Plain(source.Epochs)}"));

    /// <summary>Numbers in their order, three or more that follow one another as a range: "1-50", "1,2,7-9".</summary>
    internal static string Seeds(IReadOnlyList<int> seeds)
    {
        var parts = new List<string>();
        for (var at = 0; at < seeds.Count;)
        {
            var end = at + 1;
            while (end < seeds.Count && seeds[end] == (long)seeds[end - 1] + 1) end++;
            if (end - at >= 3) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{seeds[at]}-{seeds[end - 1]}"));
            else parts.AddRange(seeds.Skip(at).Take(end - at).Select(s => s.ToString(CultureInfo.InvariantCulture)));
            at = end;
        }
        return string.Join(',', parts);
    }

    private static string Time(Plan plan, PlanForecast forecast)
    {
        var (estimate, slots) = (forecast.Estimate, forecast.Slots);
        if (estimate.RunsFinished == plan.Runs) return "All of them are finished: nothing is left to train.";
        var done = estimate.RunsFinished > 0
            ? $"{Quantity.Count(estimate.RunsFinished, "run")} of these will not be trained again: finished. " : "";
        return done + (estimate.Wall is { } wall
            ? forecast.Rows.Any(run => run.Basis is not (ForecastBasis.Unknown or ForecastBasis.History))
            ? $"Estimated time: {Quantity.Duration(wall)} on {Quantity.Count(slots, "slot")}, "
                + $"{Quantity.Duration(estimate.DeviceTime!.Value)} of device time."
            : $"Estimated time: {Quantity.Duration(wall)} on {Quantity.Count(slots, "slot")}, by the speed of "
                + $"{Quantity.Count(estimate.BasisRuns, "attempt")} in the ledger"
                + (estimate.BasisOthers == 0 ? "." : $", {Quantity.Whole(estimate.BasisOthers)} of them not known to "
                    + "be by this engine.")
            : $"Estimated time: not claimed; {estimate.WhyUnknown}.");
    }
}
