using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.IsoFlop;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Fits;

/// <summary>
/// A fit on the screen: what went in, the sentence to quote, exponents by approach, the laws, advice, warnings.
/// </summary>
internal sealed class FitView(Screen screen, FitDocument fit)
{
    // One reason may hold for most rows of a file; the JSON has every one.
    private const int MostReasons = 8;

    /// <param name="screen">Where it goes.</param>
    /// <param name="source">What was read, in words.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="fit">The fit.</param>
    /// <param name="runs">The runs; null where minima were given.</param>
    public static void Show(Screen screen, string source, int rows, FitDocument fit, FitRows? runs = null)
    {
        var view = new FitView(screen, fit);
        view.Input(source, rows, runs);
        // What is wrong with the table stands before the numbers that come of it.
        var first = runs?.Warnings ?? [];
        foreach (var warning in first) view.PrintWarning(warning);
        screen.Out.WriteLine(Fitter.Headline(fit));
        view.Exponents();
        view.Parametric();
        view.Minima();
        FitLawsView.Show(screen, fit);
        view.Advice();
        FitPredictions.Show(screen, fit);
        foreach (var warning in fit.Warnings.Except(first)) view.PrintWarning(warning);
    }

    private void PrintWarning(FitWarning warning) => screen.Out.WriteLine($"warning ({warning.Code}): {warning.Text}");

    private void Input(string source, int rows, FitRows? runs)
    {
        var points = fit.Input.Points;
        var what = runs is null ? $"{points} {(points == 1 ? "minimum" : "minima")}"
            : runs.Observations.Any(one => one.Run is not null)
            ? $"{Quantity.Count(points, "point")} of {Quantity.Count(runs.Observations.DistinctBy(Run).Count(), "run")}"
            : Quantity.Count(points, "run");
        screen.Out.WriteLine($"{what} fitted of {Quantity.Count(rows, "row")}; {source}");
        var reasons = fit.Input.Excluded.GroupBy(e => e.Reason).ToList();
        foreach (var group in reasons.Take(MostReasons))
        {
            var where = group.Count() > MostReasons ? "" : $" ({string.Join(", ", group.Select(e => e.Row))})";
            screen.Out.WriteLine($"excluded: {Quantity.Count(group.Count(), "row")}{where}: {group.Key}");
        }

        if (reasons.Count > MostReasons)
            screen.Out.WriteLine($"excluded: {reasons.Skip(MostReasons).Sum(g => g.Count())} more rows, for "
                + $"{reasons.Count - MostReasons} more reasons");
    }

    private static (string, int?) Run(LossObservation one) => one.Run is { } run ? (run, null) : ("", one.Row);

    private void Exponents()
    {
        var rows = ApproachExponents.From(fit);
        if (rows.Count == 0) return;
        var table =
            FitLawsView.Table(screen, "approach", "status", "a, N_opt ~ C^a", "95 %", "b, D_opt ~ C^b", "95 %",
                "intervals");
        foreach (var row in rows)
        {
            table.AddRow(row.Approach, FitOptionSet.JsonName(row.Status), Exponent(row.ParametersExponent),
                Span(row.ParametersInterval),
                Exponent(row.TokensExponent), Span(row.TokensInterval), row.IntervalKind ?? "");
        }

        screen.Console.Write(table);

        static string Exponent(double? x) => x is { } value ? value.ToString("F3", CultureInfo.InvariantCulture) : "";
        static string Span(Interval? i) =>
            i is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{i.Low:F3} to {i.High:F3}");
    }

    private void Parametric()
    {
        if (fit.Parametric is not { } parametric) return;
        var pins = fit.Input.Options.Pins.ToString();
        var pinned = pins.Length > 0 ? $" with {pins} pinned" : "";
        screen.Out.WriteLine($"L(N, D) = E + A / N^alpha + B / D^beta{pinned}: "
            + $"{FitOptionSet.JsonName(parametric.Status)}"
            + (parametric.Interval95Kind is { } kind ? $" (intervals: {FitOptionSet.JsonName(kind)})" : ""));
        (string, double?)[] parameters =
            [("E", parametric.E), ("A", parametric.A), ("B", parametric.B), ("alpha", parametric.Alpha),
                ("beta", parametric.Beta)];
        foreach (var (name, value) in parameters)
        {
            if (value is not { } x) continue;
            var interval = parametric.Interval95?.GetValueOrDefault(name);
            var range = parametric.Pinned.Contains(name) ? "  (pinned)"
                : interval is null ? "" : $"  (95 %: {Number(interval.Low)} to {Number(interval.High)})";
            screen.Out.WriteLine(
                $"  {name,-6}{(parametric.Unidentified.Contains(name) ? "unidentified" : Number(x))}{range}");
        }
    }

    private void Minima()
    {
        if (fit.Isoflop is not { Minima.Count: > 0, Given: false } isoflop) return;
        var table = FitLawsView.Table(screen, "IsoFLOP budget", "runs", "minimum", "N_opt", "D_opt", "loss");
        foreach (var m in isoflop.Minima)
        {
            table.AddRow(
                Quantity.Power(m.Flops), $"{m.Points}", FitOptionSet.JsonName(m.Status), Count(m.Parameters),
                Count(m.Tokens),
                m.Loss?.ToString("F4", CultureInfo.InvariantCulture) ?? "");
        }

        screen.Console.Write(table);
    }

    // What was asked for, else the decade beyond the largest budget.
    private void Advice()
    {
        var asked = fit.Input.Options.TargetFlops;
        var points = fit.Frontier.Where(p => asked.Count > 0 ? asked.Contains(p.Flops) : p.Extrapolated).ToList();
        if (points.Count == 0) return;
        var table =
            FitLawsView.Table(screen, $"advice ({FitOptionSet.JsonName(fit.FrontierSource)}) for", "N", "95 %", "D",
                "95 %", "D / N", "loss");
        foreach (var p in points)
        {
            table.AddRow(
                Quantity.Power(p.Flops), Quantity.Compact(p.Parameters), Range(p.Interval95?.Parameters),
                Quantity.Compact(p.Tokens), Range(p.Interval95?.Tokens),
                Quantity.Compact(p.Tokens / p.Parameters), p.Loss?.ToString("F4", CultureInfo.InvariantCulture) ?? "");
        }

        screen.Console.Write(table);

        static string Range(Interval? i) => i is null ? "" : $"{Quantity.Compact(i.Low)} to {Quantity.Compact(i.High)}";
    }

    private static string Count(double? x) => x is { } value ? Quantity.Compact(value) : "";

    private static string Number(double x) => x.ToString("G4", CultureInfo.InvariantCulture);
}
