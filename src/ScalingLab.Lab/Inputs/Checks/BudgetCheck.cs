using System.Globalization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs.Columns;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>Runs that did not spend the budget that they stand under, and are compared as if they had.</summary>
internal static class BudgetCheck
{
    // A run stops at a whole step, a budget may count attention: some per cent.
    private const double Spent = 0.05;
    private const double NotSpent = 0.1;
    private const int MostShown = 12;

    /// <summary>Null where there are no budgets, or all are spent alike.</summary>
    public static FitWarning? Warning(ColumnMapping used, IReadOnlyList<LossObservation> rows)
    {
        List<(LossObservation One, double Share)> shares =
            [.. rows.Where(one => one.BudgetFlops is not null)
                .Select(one => (one, one.Flops / one.BudgetFlops!.Value))];
        if (used.Budget is null || shares.Count == 0) return null;
        var usual = shares.Count(one => Math.Abs(one.Share - 1) <= Spent) >= 0.25 * shares.Count ? 1
            : Medians.Median(shares.ConvertAll(one => one.Share));
        var off = shares.FindAll(one => Math.Abs((one.Share / usual) - 1) > NotSpent);
        if (off.Count == 0 && Math.Abs(usual - 1) > 0.25) off = shares;
        if (off.Count == 0 || (off.Count < shares.Count && GrowsWithSize(shares))
            || (off.Count == shares.Count && IsOtherUnit(usual))) return null;

        // Of budgets in another unit, told elsewhere, what the other rows spent is the whole.
        var parts = off.ConvertAll(one => IsOtherUnit(usual) ? one.Share / usual : one.Share);
        var (low, high) = (parts.Min(), parts.Max());
        var amount = high < 1.1 * low ? Text(Medians.Median(parts)) : $"{Text(low)} to {Text(high)}";
        var places = string.Join(", ", off.Take(MostShown).Select(one => one.One.Row))
            + (off.Count > MostShown ? ", ..." : "");
        var leave = off.Count == shares.Count ? ""
            : $" (rows {places}: --where \"row!={off[0].One.Row}\" and so on leaves them out)";
        return new FitWarning("budget-not-spent",
            $"column {used.Budget.Name}: {(used.Flops is null ? "6ND" : "C")} is {amount} of the budget in {off.Count} "
                + $"of {shares.Count} rows{leave}: "
            + "they are compared as if they had spent it. --budget none makes budgets of runs of nearly equal FLOPs instead.",
            [.. off.Select(one => one.One.Row!.Value)]);

        static string Text(double x) => x.ToString("G2", CultureInfo.InvariantCulture);
    }

    // A budget counted with attention and head is more than 6ND, the more so the smaller the model: then the share
    // grows smoothly with N.
    private static bool GrowsWithSize(List<(LossObservation One, double Share)> shares)
    {
        var bySize = shares.OrderBy(one => one.One.Parameters).Select(one => one.Share).ToList();
        return bySize.Zip(bySize.Skip(1), (one, next) => next > one * (1 - Spent)).All(grows => grows);
    }

    // Other units are told elsewhere.
    private static bool IsOtherUnit(double usual) => usual is < 0.01 or > 100;
}
