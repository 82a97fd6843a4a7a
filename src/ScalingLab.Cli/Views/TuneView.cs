using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Optima;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs.Recipes;
using Spectre.Console;

namespace ScalingLab.Cli.Views;

/// <summary>A tune on the screen: cells, laws, what was written.</summary>
internal static class TuneView
{
    public static void Show(Screen screen, string folder, TuneOutcome outcome)
    {
        var best = outcome.Fits[0];
        Cells(screen, best);
        if (best.Fit.Laws.Count > 0) Laws(screen, best.Fit);
        foreach (var other in outcome.Fits.Skip(1))
        {
            screen.Out.WriteLine(FormattableString.Invariant(
                $"{other.Name}: {other.MeanLoss - best.MeanLoss:F4} nats/token above {best.Name}, each tuned for itself"));
        }

        screen.Out.WriteLine(TuneText.Headline(best));
        foreach (var warning in best.Fit.Warnings.Where(_ => best.Fit.Laws.Count > 0))
            screen.Out.WriteLine($"warning ({warning.Code}): {warning.Text}");
        screen.Out.WriteLine($"Results in {folder}: "
            + $"{string.Join(", ", outcome.Files.Where(f => !f.StartsWith("figures/", StringComparison.Ordinal)))}"
            + (outcome.Files.Count(f => f.StartsWith("figures/", StringComparison.Ordinal)) is var n and > 0
                ? $", {n} files in figures/." : "."));
        if (outcome.RulePath is { } rule)
            screen.Out.WriteLine($"The rule is {rule}; a grid takes it with \"recipe\": {{ \"sizeRule\": "
                + $"\"PATH/{Path.GetFileName(rule)}\" }}.");
    }

    /// <summary>A rule's answers, each with its 95 % interval where the rule states one.</summary>
    public static void Predict(Screen screen, RuleFile rule, IReadOnlyList<(double N, double D)> places)
    {
        var table = FitLawsView.Table(screen, "quantity", "N", "D", rule.Name, "95 %", "");
        foreach (var (n, d) in places)
        {
            foreach (var (quantity, law) in rule.Laws)
            {
                var value = law.Law.At(n, d);
                var interval = law is { Covariance: { } covariance, Freedom: { } freedom }
                    ? LawInterval.At(value, covariance, freedom, n, d) : null;
                table.AddRow(
                    quantity, Quantity.Compact(n), Quantity.Compact(d), TuneText.Value(quantity, value),
                    interval is null ? ""
                    : $"{TuneText.Value(quantity, interval.Low)} to {TuneText.Value(quantity, interval.High)}",
                    rule.Region is { } region && !region.Contains(n, d) ? "outside the region measured" : "");
            }
        }

        screen.Console.Write(table);
    }

    private static void Cells(Screen screen, RecipeTune recipe)
    {
        string[] headings =
        [
            "N", "D", "runs", "lowest loss", .. recipe.Quantities.SelectMany(q => (string[])[$"best {q}", "minimum"]),
                "minimum is", "law costs", "rule costs",
        ];
        var table = FitLawsView.Table(screen, headings);
        foreach (var cell in recipe.Fit.Cells)
        {
            table.AddRow(
            [
                Quantity.Compact(cell.Parameters), Quantity.Compact(cell.Tokens),
                    $"{cell.Runs}{(cell.Diverged > 0 ? $" + {cell.Diverged} diverged" : "")}",
                Loss(cell.BestLoss),
                .. recipe.Quantities.SelectMany((q, k) => (string[])
                [
                    TuneText.Value(q, cell.BestValues[k]),
                    cell.Minimum is { } minimum
                        ? $"{TuneText.Value(q, minimum[k])} {TuneText.Factor(cell.LogStandardError?[k])}" : "",
                ]),
                TuneText.Status(cell.Status), Loss(cell.LawCost), Loss(recipe.RuleCost(cell)),
            ]);
        }

        screen.Console.Write(table);

        static string Loss(double? x) => x is { } loss ? FormattableString.Invariant($"{loss:F4}") : "";
    }

    private static void Laws(Screen screen, OptimumFit fit)
    {
        var table =
            FitLawsView.Table(screen, "quantity", "exponent of N", "95 %", "exponent of D", "95 %", "scatter",
                "predicted");
        foreach (var law in fit.Laws)
        {
            table.AddRow(
                law.Quantity, FormattableString.Invariant($"{law.ParametersExponent:F3}"),
                TuneText.Span(law.ParametersInterval95),
                FormattableString.Invariant($"{law.TokensExponent:F3}"), TuneText.Span(law.TokensInterval95),
                TuneText.Factor(law.Scatter),
                TuneText.Factor(law.LeaveOneOutError));
        }

        screen.Console.Write(table);
    }
}
