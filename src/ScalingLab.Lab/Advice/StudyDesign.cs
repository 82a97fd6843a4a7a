using ScalingLab.Lab.Planning;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Lab.Advice;

/// <summary>A study that ends within its time, as a grid with its plan.</summary>
/// <param name="Grid">The grid, JSON.</param>
/// <param name="Flops">FLOPs of its largest runs.</param>
/// <param name="Plan">Its runs.</param>
/// <param name="Forecast">What they take.</param>
/// <param name="IsLimitedByText">Whether more text, not more time, would make it larger.</param>
public sealed record StudyDesign(string Grid, double Flops, Plan Plan, PlanForecast Forecast, bool IsLimitedByText)
{
    private const double LeastFlops = 1e14;
    private const double MostFlops = 1e24;
    private const double Step = 1.1;
    private const double SecondsAnHour = 3600;

    private static readonly string[] OtherText = [$"data.corpus={CorpusKind.Default.Name}", "data.paths=null"];

    /// <summary>The largest study that has ended, nine times in ten where errors are known, within the time.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="bestSize">N that a budget trains best.</param>
    /// <param name="by">What predicts a run.</param>
    /// <exception cref="InputException">Text or time are too short, or no time is known on the device.</exception>
    public static StudyDesign Create(AdviceRequest request, Func<double, double> bestSize, RunForecaster by)
    {
        var grids = new StudyGrid(request, bestSize);
        var possible = Budgets().Select(flops => (Flops: flops, Grid: grids.Write(flops)))
            .Where(one => one.Grid is not null).ToList();
        if (possible.Count == 0)
            throw new InputException("--data",
                "is too little text for such a study: give more, or ask --question repetition");
        StudyDesign At(int index) => Measure(possible[index].Grid!, possible[index].Flops, request, by);
        var first = At(0);
        if (Hours(first) is not { } least)
            throw new InputException("--device", first.Forecast.Rows.First(run => run.Seconds is null).StandsOn);
        if (least > request.Hours)
        {
            throw new InputException("--hours", FormattableString.Invariant(
                $"is too little for such a study on {request.Device.Name}: the least takes {least:0.#} hours"));
        }

        var last = LastWithin(possible.Count, index => Hours(At(index)) is { } hours && hours <= request.Hours);
        return At(last) with { IsLimitedByText = last == possible.Count - 1 };
    }

    /// <summary>The longest single run of the best size that one of the devices ends within the time.</summary>
    public static StudyDesign CreateSingle(AdviceRequest request, Func<double, double> bestSize, RunForecaster by)
    {
        var grids = new StudyGrid(request, bestSize);
        List<double> budgets = [.. Budgets()];
        var one = request with { Device = request.Device with { Count = 1 } };
        StudyDesign At(int index) => Measure(grids.WriteSingle(budgets[index]), budgets[index], one, by);
        return At(LastWithin(budgets.Count, index => Hours(At(index)) is { } hours && hours <= request.Hours));
    }

    private static IEnumerable<double> Budgets()
    {
        for (var flops = LeastFlops; flops < MostFlops; flops *= Step) yield return StudyGrid.Rounded(flops);
    }

    private static double? Hours(StudyDesign design) =>
        design.Forecast.Estimate.Wall?.TotalSeconds * (design.Forecast.Errors?.High ?? 1) / SecondsAnHour;

    // The last of growing costs that is within; the first where none is.
    private static int LastWithin(int count, Func<int, bool> isWithin)
    {
        var (low, high) = (0, count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (isWithin(middle)) low = middle;
            else high = middle;
        }

        return low;
    }

    private static StudyDesign Measure(string json, double flops, AdviceRequest request, RunForecaster by)
    {
        // The text need not be there yet; what it is decides no time.
        var grid = GridFile.Parse(json, "the study", Directory.GetCurrentDirectory(), words: OtherText);
        var data = new DataIdentity(grid.Data.Corpus, new string('0', 64), new string('0', 64));
        var sweep = GridExpansion.Expand(grid, data, AdviceRequest.Vocabulary);
        var plan = Plan.Create(sweep, (long)request.TextTokens);
        return new StudyDesign(json, flops, plan, PlanForecast.Create(plan, sweep, by with { Worker = grid.Worker },
            TimeBasis.None, new PlanStart(DateTimeOffset.UnixEpoch, request.Device.Count)), false);
    }
}
