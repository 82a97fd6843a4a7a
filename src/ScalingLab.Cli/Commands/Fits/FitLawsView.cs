using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;
using ScalingLab.Lab.Formatting;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Fits;

/// <summary>
/// The laws beside the parametric one, where there is something to say of them: a line each, and two tables.
/// </summary>
internal static class FitLawsView
{
    public static void Show(Screen screen, FitDocument fit)
    {
        if (fit.Kaplan is { } kaplan)
        {
            foreach (var law in (KaplanLaw[])[kaplan.Parameters, kaplan.Tokens, kaplan.Compute])
                screen.Out.WriteLine($"L({law.Variable}) = (X_c / {law.Variable})^alpha: {Describe(law.PowerLaw)}; "
                    + $"with a floor E: {Describe(law.WithFloor)}");
        }

        foreach (var law in fit.Summarized.Where(law => IsShown(law.Status, fit)))
        {
            var sure = law.Status == FitStatus.Converged;
            var numbers = law.Summary.Numbers.Select(number =>
                $"{number.Key} = {Value(sure ? number.Value : null, number.Interval95)}");
            screen.Out.WriteLine($"{law.Summary.Title}: {FitOptionSet.JsonName(law.Status)}; "
                + string.Join(", ", numbers));
        }

        if (fit.Counting.Count > 0) Counting(screen, fit.Counting);
        if (fit.Comparison is { } comparison) Published(screen, fit, comparison);
    }

    public static Table Table(Screen screen, params string[] headings)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in headings) table.AddColumn(heading);
        return table;
    }

    private static void Counting(Screen screen, IReadOnlyList<CountingConvention> conventions)
    {
        var table =
            Table(screen, "counted as N", "C", "a, parametric", "a, IsoFLOP", "a, Kaplan", "alpha_N", "alpha_D",
                "alpha_C");
        foreach (var c in conventions)
        {
            table.AddRow(
                FitOptionSet.JsonName(c.Size), FitOptionSet.JsonName(c.Flops),
                Exponent(c.ParametricExponent, c.ParametricStatus),
                Exponent(c.IsoFlopExponent, c.IsoFlopStatus), Exponent(c.KaplanExponent, c.KaplanStatus),
                Number(c.AlphaN), Number(c.AlphaD), Number(c.AlphaC));
        }

        screen.Console.Write(table);

        static string Exponent(double? a, FitStatus status) =>
            a is { } value ? value.ToString("F3", CultureInfo.InvariantCulture)
            : FitOptionSet.JsonName(status == FitStatus.Converged ? FitStatus.Unidentified : status);
    }

    // At the largest budget asked for, else the largest of the advice.
    private static void Published(Screen screen, FitDocument fit, PublishedComparison comparison)
    {
        var budgets = comparison.Published.SelectMany(law => law.Advice).Select(a => a.Flops).ToList();
        if (budgets.Count == 0) return;
        var flops = fit.Input.Options.TargetFlops.Count > 0 ? fit.Input.Options.TargetFlops.Max() : budgets.Max();
        var table = Table(screen, $"for {Quantity.Power(flops)} FLOPs", "a", "N", "D", "D / N");
        foreach (var law in comparison.Published)
        {
            if (law.Advice.FirstOrDefault(a => a.Flops == flops) is not { } advice) continue;
            table.AddRow(
                law.Reading is { Length: > 0 } reading ? $"{law.Name}, {reading}" : law.Name,
                law.ParametersExponent.ToString("F3", CultureInfo.InvariantCulture),
                Quantity.Compact(advice.Parameters), Quantity.Compact(advice.Tokens),
                Quantity.Compact(advice.TokensPerParameter));
        }

        screen.Console.Write(table);
    }

    // Where every law was asked for, a table that lacks what a law needs is not reported.
    private static bool IsShown(FitStatus status, FitDocument fit) =>
        status != FitStatus.TooFewPoints || fit.Input.Options.Approaches.Count < Enum.GetValues<FitApproach>().Length;

    private static string Describe(KaplanCurve curve) =>
        curve.Status != FitStatus.Converged ? FitOptionSet.JsonName(curve.Status)
        : $"alpha = {Value(curve.Alpha, curve.Interval95?.GetValueOrDefault("alpha"))}"
        + (curve.E is null ? "" : $", E = {Value(curve.E, curve.Interval95?.GetValueOrDefault("E"))}");

    private static string Value(double? value, Interval? interval) =>
        value is null ? "unidentified"
        : Number(value) + (interval is { } i ? $" (95 %: {Number(i.Low)} to {Number(i.High)})" : "");

    private static string Number(double? x) => x is { } value ? value.ToString("G4", CultureInfo.InvariantCulture) : "";
}
