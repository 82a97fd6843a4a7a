using System.Globalization;
using System.Text;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>A study of IsoFLOP minima as a page of Markdown.</summary>
internal static class MinimaPage
{
    private const int MostCurves = 3;

    public static string Render(IReadOnlyList<CoverageDesign> designs, IReadOnlyList<MinimaRow> rows, int draws,
        int seed, FitOptions options)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Which way to find IsoFLOP minima is right?

            Written by `lab bench minima --draws {draws} --bootstrap {options.Bootstrap} --seed {seed} --out docs/minima.md`; do not edit.
            Each sweep below was made {draws} times by a known law with fresh noise, and the exponent a of N_opt ~ C^a fitted each time by every word of
            `--minima`, with {options.Bootstrap} bootstrap draws. Error is the root mean square of a less the truth; a cell of `holds` says in how many per cent
            of the sweeps the 95 % interval held the truth, and how many lay wholly below and above it; with {draws} sweeps the standard error of a true 95 % is
            {100 * Math.Sqrt(0.95 * 0.05 / draws):F1} points. Unidentified fits count like any other.


            """);
        foreach (var design in designs)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {design.Name}\n\n{design.Description}; a = "
                + $"{design.Law.ParametersExponent:F3}.\n\n");
            page.Append("| minima | mean error | error | holds, % | below, above | width | curves, sweeps "
                + "|\n|---|---|---|---|---|---|---|\n");
            foreach (var row in rows.Where(row => row.Design == design.Name))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {FitOptionSet.JsonName(row.Method)} | {row.Bias:F4} | "
                    + $"{row.Error:F4} | ");
                page.Append(row.Intervals == 0 ? " | | " : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{100 * row.Coverage:F1} | {row.Below}, {row.Above} | {row.MedianWidth:F3}"));
                page.Append(CultureInfo.InvariantCulture,
                    $" | {(row.Method == MinimumMethod.Auto ? Curves(row) : "")} |\n");
            }

            page.Append('\n');
        }

        Summary(page, rows);
        return page.ToString();
    }

    private static string Curves(MinimaRow row) =>
        string.Join(", ", row.Curves.Take(MostCurves).Select(one => $"{one.Curve.Description}: {one.Count}"))
        + (row.Curves.Count > MostCurves ? ", others" : "");

    private static void Summary(StringBuilder page, IReadOnlyList<MinimaRow> rows)
    {
        page.Append("## Over all sweeps\n\n| minima | largest error | median error | interval holds least, % | on "
            + "average, % |\n|---|---|---|---|---|\n");
        foreach (var method in rows.GroupBy(row => row.Method))
        {
            double[] errors = [.. method.Select(row => row.Error).Order()],
                held = [.. method.Where(row => row.Intervals > 0).Select(row => row.Coverage)];
            page.Append(CultureInfo.InvariantCulture, $"| {FitOptionSet.JsonName(method.Key)} | {errors[^1]:F4} | "
                + $"{errors[errors.Length / 2]:F4} | "
                + $"{100 * held.Min():F1} | {100 * held.Average():F1} |\n");
        }
    }
}
