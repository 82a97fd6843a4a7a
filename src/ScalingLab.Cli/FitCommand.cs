using System.CommandLine;
using System.Globalization;
using ScalingLab.Fitting;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli;

/// <summary><c>lab fit FILE.csv</c>: the laws through anyone's runs.</summary>
internal static class FitCommand
{
    public static Command Create(Screen screen)
    {
        var file = new Argument<string>("FILE.csv") { Description = "A table with a header line, one run a row" };
        var n = Column("--n", "Column of model parameters", FitTable.Defaults.Parameters);
        var d = Column("--d", "Column of training tokens; without it D = C / 6N", FitTable.Defaults.Tokens);
        var c = Column("--flops", "Column of training FLOPs; without it C = 6ND", FitTable.Defaults.Flops);
        var loss = Column("--loss", "Column of the final loss, nats/token", FitTable.Defaults.Loss);
        var budget = Column("--budget", "Column of the IsoFLOP budget; without it runs of nearly equal FLOPs make a budget", FitTable.Defaults.Budget);
        var json = new Option<string?>("--json") { Description = "Write the whole fit to this file as JSON; - for standard output, and nothing else there" };
        var command = new Command("fit", "Fit scaling laws to a table of runs") { file, n, d, c, loss, budget, json };
        command.SetAction(parsed =>
        {
            var columns = new FitColumns(
                parsed.GetValue(n), parsed.GetValue(d), parsed.GetValue(c), parsed.GetValue(loss), parsed.GetValue(budget));
            return Run(screen, parsed.GetRequiredValue(file), columns, parsed.GetValue(json));
        });
        return command;
    }

    public static int Run(Screen screen, string file, FitColumns columns, string? json)
    {
        var table = FitTable.Read(file, columns);
        var fit = Fitter.Fit(table.Observations);
        if (json == "-") screen.Out.WriteLine(fit.ToJson());
        else Show(screen, table, fit);
        if (json is not (null or "-")) Write(json, fit);
        return Door.Done;
    }

    private static void Write(string file, FitDocument fit)
    {
        try
        {
            File.WriteAllText(file, fit.ToJson() + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("--json", $"{file} cannot be written: {e.Message}");
        }
    }

    private static void Show(Screen screen, FitTable table, FitDocument fit)
    {
        var console = screen.Console;
        var used = table.Used;
        console.WriteLine($"{fit.Input.Points} runs fitted of {table.Rows} rows; "
            + $"N = {used.Parameters}, D = {used.Tokens}, C = {used.Flops}, loss = {used.Loss}.");
        foreach (var group in table.Excluded.Concat(fit.Input.Excluded.Select(e => e.Reason)).CountBy(reason => reason))
            console.WriteLine($"excluded: {group.Value} {(group.Value == 1 ? "row" : "rows")}: {group.Key}");
        console.WriteLine(Fitter.Headline(fit));

        var parametric = fit.Parametric;
        console.WriteLine($"L(N, D) = E + A / N^alpha + B / D^beta: {Word(parametric.Status)}");
        (string, double?)[] parameters =
            [("E", parametric.E), ("A", parametric.A), ("B", parametric.B), ("alpha", parametric.Alpha), ("beta", parametric.Beta)];
        foreach (var (name, value) in parameters)
        {
            var interval = parametric.Interval95?.FirstOrDefault(i => i.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
            var range = interval is null ? "" : $"  (95 %: {Number(interval.Low)} to {Number(interval.High)})";
            if (value is { } x) console.WriteLine($"  {name,-6}{Number(x)}{range}");
        }

        var isoflop = fit.Isoflop;
        console.WriteLine($"IsoFLOP minima: {Word(isoflop.Status)}"
            + (isoflop.ParametersExponent is { } a ? $", N_opt ~ C^{Number(a)}" : "") + (isoflop.TokensExponent is { } b ? $", D_opt ~ C^{Number(b)}" : ""));
        if (isoflop.Minima.Count > 0) console.Write(Minima(screen, isoflop.Minima));
        foreach (var warning in fit.Warnings) console.WriteLine($"warning: {warning.Text}");
    }

    private static Table Minima(Screen screen, IReadOnlyList<IsoFlopMinimum> minima)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in new[] { "budget", "runs", "minimum", "N_opt", "D_opt", "loss" }) table.AddColumn(heading);
        foreach (var m in minima)
        {
            table.AddRow(
                Quantity.Power(m.Flops), $"{m.Points}", Word(m.Status), Optional(m.Parameters), Optional(m.Tokens),
                m.Loss?.ToString("F4", CultureInfo.InvariantCulture) ?? "");
        }

        return table;

        static string Optional(double? x) => x is { } value ? Quantity.Of(value) : "";
    }

    private static Option<string?> Column(string name, string description, string otherwise) =>
        new(name) { Description = $"{description} (default: {otherwise})" };

    private static string Number(double x) => x.ToString("G4", CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
