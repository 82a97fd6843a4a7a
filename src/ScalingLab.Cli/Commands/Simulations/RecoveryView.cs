using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Simulations;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Formatting;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary>What a simulated sweep recovered, as a table.</summary>
internal static class RecoveryView
{
    public static void Show(Screen screen, SweepDesign design, SimulatedSweep sweep, Recovery found)
    {
        var law = sweep.Law;
        screen.Out.WriteLine(Invariant($"{design.Description}; {Quantity.Whole(sweep.Runs)} runs of ")
            + Invariant($"{Quantity.Power(sweep.Flops)} FLOPs in all, {sweep.Seeds} of each cell."));
        screen.Out.WriteLine(Invariant($"Truth: L = {law.E} + {law.A}/N^{law.Alpha} + {law.B}/D^{law.Beta}, ")
            + Invariant($"noise of {100 * sweep.Noise:G3} % in loss, {100 * sweep.Failures:G3} % of the runs fail."));
        var table = FitLawsView.Table(screen, "", "truth", "bias %", "RMS error %", "width of 95 % interval, %",
            "holds the truth, %", "below, above");
        foreach (var row in found.Rows)
        {
            table.AddRow(
                row.Name, row.Truth < 1e4 ? Invariant($"{row.Truth:G4}") : Quantity.Compact(row.Truth),
                Percent(row.Bias), Percent(row.Error), Percent(row.MedianWidth),
                row.Intervals == 0 ? "" : Invariant($"{100 * row.Coverage:F1}"), $"{row.Below}, {row.Above}");
        }

        screen.Console.Write(table);
        screen.Out.WriteLine($"{found.Trials} trials; fits: "
            + string.Join(", ", found.Statuses.Select(one => $"{one.Count} {FitOptionSet.JsonName(one.Status)}"))
            + ". Errors are in per cent of the truth, of N_opt and D_opt 100 times the natural logarithm; "
            + "the width is the median.");
    }

    private static string Percent(double share) => double.IsFinite(share) ? Invariant($"{100 * share:G3}") : "";
}
