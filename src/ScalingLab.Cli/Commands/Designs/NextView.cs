using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs.Grids;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Designs;

/// <summary>The next runs for people and for programs.</summary>
internal static class NextView
{
    public static void Show(Screen screen, NextRequest request, NextStudy study, string? output)
    {
        Situation(screen, study);
        if (study.Runs == 0)
        {
            screen.Out.WriteLine(Invariant($"No run within {Quantity.Power(request.Budget)} FLOPs would narrow ")
                + Invariant($"{request.Target.Name} by a thousandth; {study.Candidates} cells were weighed. ")
                + "Give more with --budget, or other sizes with --sizes or --reach.");
        }
        else
        {
            Cells(screen, request, study);
            Forecasts(screen, study);
        }

        foreach (var one in study.Identification)
        {
            screen.Out.WriteLine(one.Budget is { } budget
                ? $"{one.Name} is not identified by these runs; by the law made linear it takes at least "
                    + $"{Quantity.Power(budget)} FLOPs, spent with --target {one.Name}."
                : $"{one.Name} is not identified by these runs, nor by any that are within --reach at a thousand times "
                    + "this budget: it takes larger models and longer runs.");
        }

        if (study.Runs == 0) return;
        screen.Out.WriteLine(output is null
            ? "With --out FILE they are written as a grid, beside the sweep's own cells."
            : $"Written to {output}, beside the sweep's own cells, whose finished runs are not trained again: "
                + $"{CommandName.AsInvoked} plan {ShellQuoting.Quote(output)}");
    }

    public static object Document(NextStudy study) => new
    {
        study.Sweep.Name,
        Status = FitOptionSet.JsonName(study.Fit.Parametric!.Status),
        study.Fit.Parametric.Unidentified,
        study.Noise,
        study.Candidates,
        study.Runs,
        study.Flops,
        Cells = study.Cells.Select(one => new
        {
            Model = one.Cell.Model.Name,
            one.Cell.Run.Parameters,
            one.Cell.Run.Tokens,
            one.Cell.Run.Flops,
            one.Seeds,
        }),
        Forecasts = study.Forecasts.Select(one => new
        {
            one.Target.Name,
            one.Value,
            StandardErrorBefore = one.Before,
            StandardErrorAfter = one.After,
            Interval95Before = Before(study, one),
            Interval95After = After(study, one),
        }),
        study.Identification,
    };

    private static void Situation(Screen screen, NextStudy study)
    {
        var fit = study.Fit.Parametric!;
        screen.Out.WriteLine(Invariant($"{study.Sweep.Name}: {Quantity.Count(fit.Points, "run")}; parametric law ")
            + FitOptionSet.JsonName(fit.Status)
            + (fit.Unidentified.Count > 0 ? $" ({string.Join(", ", fit.Unidentified)})" : "")
            + (fit.Residuals.Count > 0
                ? Invariant($"; runs scatter by {100 * study.Noise.Residuals:G2} % about it") : "")
            + (study.Noise.Seeds is { } seeds ? Invariant($", seeds by {100 * seeds:G2} %.") : "."));
    }

    private static void Cells(Screen screen, NextRequest request, NextStudy study)
    {
        screen.Out.WriteLine($"{Quantity.Count(study.Runs, "run")} of {Quantity.Power(study.Flops)} FLOPs, of "
            + Invariant($"{study.Candidates} cells the ones that tell most about {request.Target.Name}:"));
        var table = FitLawsView.Table(screen, "model", "N", "length", "D", "D / N", "FLOPs each", "seeds");
        foreach (var one in study.Cells.OrderBy(one => one.Cell.Run.Flops).ThenBy(one => one.Cell.Run.Parameters))
        {
            var run = one.Cell.Run;
            table.AddRow(
                one.Cell.Model.Name, Quantity.Compact(run.Parameters), Length(one.Cell.Length),
                Quantity.Compact(run.Tokens), Quantity.Compact(run.Tokens / run.Parameters),
                Quantity.Power(run.Flops), string.Join(", ", one.Seeds));
        }

        screen.Console.Write(table);
    }

    private static void Forecasts(Screen screen, NextStudy study)
    {
        var table = FitLawsView.Table(screen, "", "value", "95 % now", "95 % then", "width then / now");
        foreach (var one in study.Forecasts)
        {
            table.AddRow(
                one == study.Forecasts[0] ? $"{one.Target.Name} (target)" : one.Target.Name, Number(one.Value),
                Text(Before(study, one)), Text(After(study, one)),
                Invariant($"{Width(study, one, after: true) / Width(study, one, after: false):F2}"));
        }

        screen.Console.Write(table);
        screen.Out.WriteLine("Both by the law made linear, averaged over the bootstrap; lab fit tells what the runs "
            + "then say.");
    }

    private static Interval Before(NextStudy study, NextForecast one) =>
        one.Target.Interval(one.Value, one.Before, study.Fit.Parametric!.Points);

    private static Interval After(NextStudy study, NextForecast one) =>
        one.Target.Interval(one.Value, one.After, study.Fit.Parametric!.Points + study.Runs);

    private static double Width(NextStudy study, NextForecast one, bool after)
    {
        var interval = after ? After(study, one) : Before(study, one);
        return one.Target.IsFactor ? Math.Log(interval.High / interval.Low) : interval.Width;
    }

    private static string Length(GridLength length) => length.Kind switch
    {
        GridLengthKind.Flops => Invariant($"{length.Value:0.##e0} FLOPs"),
        GridLengthKind.Tokens => $"{Quantity.Compact(length.Value)} tokens",
        _ => Invariant($"{length.Value:G4} tokens/N"),
    };

    private static string Text(Interval interval) => $"{Number(interval.Low)} to {Number(interval.High)}";

    private static string Number(double value) =>
        Math.Abs(value) >= 1e4 ? Quantity.Compact(value) : Invariant($"{value:G4}");
}
