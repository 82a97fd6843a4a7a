using System.Globalization;
using System.Text;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>A coverage study as a page of Markdown.</summary>
internal static class CoveragePage
{
    // What 400 draws of a true 95 % stay within, all but always.
    private const double Low = 0.92;
    private const double High = 0.97;

    public static string Render(
        IReadOnlyList<CoverageDesign> designs, IReadOnlyList<CoverageRow> rows, int draws, int seed, FitOptions options)
    {
        var page = new StringBuilder();
        var (delta, bootstrap, error) = (options.HuberDelta, options.Bootstrap, 100 * Math.Sqrt(0.95 * 0.05 / draws));
        page.Append(CultureInfo.InvariantCulture, $"""
            # Do the 95 % intervals hold the truth in 95 % of sweeps?

            Written by `lab bench coverage --draws {draws} --bootstrap {bootstrap} --seed {seed} --out docs/coverage.md`; do not edit.
            Each sweep below was made {draws} times by a known law with fresh noise and fitted each time, by Huber's cost (delta {delta}, log residuals)
            and by least squares of log residuals. A cell says in how many per cent of the sweeps the interval held the true value, and beside it how
            many intervals lay wholly below and wholly above it. With {draws} draws the standard error of a true 95 % is {error:F1} points.
            Fits that are marked unidentified count like any other. N_opt is the optimum at ten times the largest budget; its interval is a percentile
            one. Width is the median width over the true value.

            Percentile intervals come from {bootstrap} draws of points with replacement; profile intervals from the rise of the cost with the parameter held,
            scaled for the cost by tau = E psi^2 / E psi' (Schrader and Hettmansperger 1980) and set against F(1, n - 5).


            """);
        foreach (var design in designs)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {design.Name}\n\n{design.Description}; L = {design.Law.E} + "
                + $"{design.Law.A}/N^{design.Law.Alpha} + "
                + $"{design.Law.B}/D^{design.Law.Beta}.\n\n");
            foreach (var method in rows.Where(row => row.Design == design.Name).GroupBy(row => row.Method))
                Table(page, method.Key, [.. method]);
        }

        Conclusion(page, rows);
        return page.ToString();
    }

    public static string MethodName(FitMethod method) => method switch
    {
        FitMethod.Huber => "Huber",
        FitMethod.VariableProjection => "variable projection",
        _ => "least squares",
    };

    private static void Table(StringBuilder page, FitMethod method, IReadOnlyList<CoverageRow> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"| {MethodName(method)} | percentile, % | below, above | width | "
            + $"profile, % | below, above | width ");
        page.Append("| quoted, % | below, above | width |\n");
        page.Append("|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var parameter in rows.GroupBy(row => row.Parameter))
        {
            var percentile = parameter.FirstOrDefault(row => row.Kind == IntervalKind.Percentile);
            var profile = parameter.FirstOrDefault(row => row.Kind == IntervalKind.Profile);
            var quoted = parameter.FirstOrDefault(row => row.Kind is null);
            page.Append(CultureInfo.InvariantCulture, $"| {parameter.Key} | {Cells(percentile)} | {Cells(profile)} | "
                + $"{Cells(quoted)} |\n");
        }

        page.Append('\n');
    }

    private static string Cells(CoverageRow? row) => row is null
        ? " | | "
        : string.Create(CultureInfo.InvariantCulture, $"{100 * row.Coverage:F1} | {row.Below}, {row.Above} | "
            + $"{row.MedianWidth:G2}");

    private static void Conclusion(StringBuilder page, IReadOnlyList<CoverageRow> rows)
    {
        page.Append("## Which kind is reported\n\n");
        foreach (var kind in rows.GroupBy(row => row.Kind))
        {
            double[] shares = [.. kind.Select(row => row.Coverage)];
            var inside = shares.Count(share => share is >= Low and <= High);
            page.Append(CultureInfo.InvariantCulture, $"- {kind.Key?.ToString().ToLowerInvariant() ?? "quoted"}: "
                + $"{inside} of {shares.Length} cells between "
                + $"{100 * Low:F0} and {100 * High:F0} %, least {100 * shares.Min():F1} %, most "
                    + $"{100 * shares.Max():F1} %, "
                + $"mean {100 * shares.Average():F1} %.\n");
        }

        page.Append("""

            The profile takes the runs' scatter to be alike everywhere, the bootstrap does not. `interval95` is the profile interval, unless the bootstrap's
            intervals are so much wider that they contradict it: then the percentile one (`interval95_kind` says which; quoted, in the tables).

            """);
    }
}
