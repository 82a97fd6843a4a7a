using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Views;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Lab.Advice;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Planning;
using ScalingLab.Runs.Planning;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Advice;

/// <summary>Advice as tables, and as JSON.</summary>
internal static class AdviceView
{
    private const double SecondsAnHour = 3600;

    public static void Show(Screen screen, AdviceRequest request, StudyDesign study, StudyDesign single,
        IReadOnlyList<LawAdvice> laws, string? file)
    {
        var console = screen.Console;
        console.WriteLine(TerminalText.Escape($"{study.Plan.Question} A study for {Hours(request)} on "
            + $"{request.Device.Count} x {request.Device.Name}, {Quantity.Compact(request.TextTokens)} tokens of text:"));
        console.Write(Study(screen, study));
        var forecast = study.Forecast;
        console.WriteLine($"{Quantity.Whole(study.Plan.Runs)} runs, {Quantity.Power(study.Plan.Flops)} FLOPs, "
            + $"{Quantity.Duration(forecast.Estimate.Wall!.Value)} by the clock, "
            + $"{Quantity.Duration(forecast.Estimate.DeviceTime!.Value)} of device time"
            + (forecast.Money is { } money ? $", {money.ToString("N2", CultureInfo.InvariantCulture)} "
                + TerminalText.Escape(forecast.Price!.Currency) : "") + ".");
        foreach (var line in PlanForecastView.Totals(forecast with { Ends = null })) console.WriteLine(line);
        foreach (var basis in forecast.Rows.Select(run => run.StandsOn).Distinct())
            console.WriteLine(TerminalText.Escape($"Time of a run: {basis}."));
        if (study.IsLimitedByText)
            console.WriteLine("More text, not more time, would make the study larger"
                + (request.Question == StudyQuestion.Repetition ? "."
                    : $": no run sees its text more than {AdviceRequest.MostPasses} times."));
        foreach (var warning in study.Plan.Warnings)
            console.WriteLine(TerminalText.Escape($"warning: {warning}"));
        console.WriteLine(TerminalText.Escape(file is null
            ? "--out FILE writes it as a grid, for 'lab plan FILE' and 'lab run FILE'."
            : $"{file} is its grid. Put the text into the folder 'text' beside it, or name yours in data; then 'lab "
                + $"plan {file}' and 'lab run {file}'."));
        ShowSingle(screen, request, single, laws);
    }

    /// <summary>The same as JSON.</summary>
    public static object Document(AdviceRequest request, StudyDesign study, StudyDesign single,
        IReadOnlyList<LawAdvice> laws) => new
    {
        request.Hours,
        Device = request.Device.Name,
        Devices = request.Device.Count,
        request.TextTokens,
        request.Question,
        Study = PlanDocument.From(study.Plan, study.Forecast, null, []),
        study.IsLimitedByText,
        Single = new
        {
            single.Flops,
            Row = single.Plan.Rows[0],
            Forecast = single.Forecast.Rows[0],
            Laws = laws.Select(law => new
            {
                law.Law, law.Parameters, law.Tokens, TokensPerParameter = law.Tokens / law.Parameters,
                ParametersLow = law.OfParameters?.Low, ParametersHigh = law.OfParameters?.High,
                TokensLow = law.OfTokens?.Low, TokensHigh = law.OfTokens?.High, law.Note,
            }),
        },
        Grid = study.Grid,
    };

    private static Table Study(Screen screen, StudyDesign study)
    {
        var table = NewTable(screen, "FLOPs a run", "sizes", "N", "tokens a run", "passes", "runs", "time of a run");
        var rows = study.Plan.Rows.Zip(study.Forecast.Rows).GroupBy(one => one.First.BudgetFlops ?? 0);
        foreach (var budget in rows)
        {
            List<(PlanRow First, RunForecast Second)> cells = [.. budget];
            List<string> models = [.. cells.Select(one => one.First.Model).Distinct()];
            table.AddRow([.. new[]
            {
                budget.Key > 0 ? Quantity.Power(budget.Key) : Range(cells, one => one.First.Flops, Quantity.Power),
                models.Count > 1 ? $"{models[0]} to {models[^1]}, {models.Count}" : models[0],
                Range(cells, one => one.First.ParametersWithHead, Quantity.Compact),
                Range(cells, one => one.First.Tokens, Quantity.Compact),
                Range(cells, one => one.First.Epochs ?? 0, number => Quantity.Plain(number)),
                Quantity.Whole(cells.Sum(one => one.First.Seeds.Count)),
                Range(cells, one => one.Second.Seconds!.Value,
                    seconds => Quantity.Duration(TimeSpan.FromSeconds(seconds))),
            }.Select(TerminalText.EscapeMarkup)]);
        }

        return table;
    }

    private static void ShowSingle(Screen screen, AdviceRequest request, StudyDesign single,
        IReadOnlyList<LawAdvice> laws)
    {
        var (row, run) = (single.Plan.Rows[0], single.Forecast.Rows[0]);
        screen.Console.WriteLine();
        screen.Console.WriteLine(TerminalText.Escape($"One model on one {request.Device.Name} in {Hours(request)}: "
            + $"{Quantity.Power(single.Flops)} FLOPs, as {row.Model} ({Quantity.Compact(row.ParametersWithHead)}) on "
            + $"{Quantity.Compact(row.Tokens)} tokens in {Quantity.Duration(TimeSpan.FromSeconds(run.Seconds!.Value))}"
            + $", {Quantity.Plain(row.Epochs)} passes. The best size for that compute by each law:"));
        var table = NewTable(screen, "law", "N", "95 %", "tokens", "95 %", "tokens/N", "note");
        foreach (var law in laws)
            table.AddRow([.. new[]
            {
                law.Law, Quantity.Compact(law.Parameters), Range(law.OfParameters), Quantity.Compact(law.Tokens),
                Range(law.OfTokens), Quantity.Plain(law.Tokens / law.Parameters), law.Note,
            }.Select(TerminalText.EscapeMarkup)]);
        screen.Console.Write(table);
        screen.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"The laws differ by {laws.Max(law => law.Parameters) / laws.Min(law => law.Parameters):0.#} times in N."));
        if (row.Epochs > AdviceRequest.MostPasses)
            screen.Console.WriteLine("It sees its text more than "
                + $"{AdviceRequest.MostPasses} times: further passes are worth less than new text.");
    }

    private static Table NewTable(Screen screen, params string[] headings)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in headings) table.AddColumn(new TableColumn(heading).NoWrap());
        return table;
    }

    private static string Hours(AdviceRequest request) => Quantity.Duration(
        TimeSpan.FromSeconds(Math.Min(request.Hours * SecondsAnHour, TimeSpan.MaxValue.TotalSeconds / 2)));

    private static string Range(Interval? interval) => interval is { } of
        ? $"{Quantity.Compact(of.Low)} to {Quantity.Compact(of.High)}" : "";

    private static string Range(List<(PlanRow First, RunForecast Second)> cells,
        Func<(PlanRow First, RunForecast Second), double> of, Func<double, string> format)
    {
        var (low, high) = (format(cells.Min(of)), format(cells.Max(of)));
        return low == high ? low : $"{low} to {high}";
    }
}
