using System.Globalization;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Performance;
using ScalingLab.Runs.Planning;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What a plan takes: each row's runs, and all that are left together.</summary>
/// <param name="Estimate">Time of what is left.</param>
/// <param name="Slots">Runs at a time, on all devices together.</param>
/// <param name="Price">What is paid; null where nobody said.</param>
public sealed record PlanForecast(TimeEstimate Estimate, int Slots, ComputePrice? Price)
{
    /// <summary>Of one run of each row of the plan, in its order; none where nobody asked for a device.</summary>
    public IReadOnlyList<RunForecast> Rows { get; init; } = [];

    /// <summary>The devices.</summary>
    public PlanDevice? Device { get; init; }

    /// <summary>How far times in all may be off, one error common to all runs; null where that is not known.</summary>
    public ErrorRange? Errors { get; init; }

    /// <summary>Energy of what is left, joules.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>CO2-equivalent of it, grams.</summary>
    public double? Co2eGrams { get; init; }

    /// <summary>What it costs in money.</summary>
    public double? Money { get; init; }

    /// <summary>When the last run ends if it begins now; null where that is not known.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>By when it has ended nine times in ten.</summary>
    public DateTimeOffset? EndsLate { get; init; }

    /// <summary>Predicts a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="sweep">Its runs.</param>
    /// <param name="by">What predicts a run.</param>
    /// <param name="basis">What is finished, and what else is known of speeds.</param>
    /// <param name="start">When and how it begins.</param>
    public static PlanForecast Create(Plan plan, Sweep sweep, RunForecaster by, TimeBasis basis, PlanStart start)
    {
        List<RunForecast> rows = [.. plan.Rows.Select(row => by.For(row.Spec!))];
        var known = rows.TrueForAll(row => row.Seconds is not null);
        var modelled = known && rows.Exists(row => row.Basis != ForecastBasis.History);
        var estimate = TimeEstimate.For(sweep, modelled ? basis with { Speeds = Speeds(plan, rows, by.Device.Class) }
            : known ? basis : basis with { Speeds = [] }, start.Slots, by.Worker.Gpus ?? 1);
        if (modelled) estimate = estimate with { BasisRuns = by.Measured.Runs, BasisOthers = 0 };
        if (!known) estimate = estimate with { WhyUnknown = WhyUnknown(rows) };
        var forecast = new PlanForecast(estimate, start.Slots, by.Price) { Rows = rows, Device = by.Device };
        if (estimate.DeviceTime is not { } device || !known) return forecast;
        var left = plan.Rows.Select(row => row.Seeds.Count(seed =>
            !basis.Done.Contains((row.Spec! with { Seed = seed }).Id))).ToList();
        double? Sum(Func<RunForecast, double?> of) =>
            rows.Zip(left).Aggregate((double?)0, (sum, one) => sum + (of(one.First) * one.Second));
        // What trunks share is trained once: the simulated time has it, the rows have not.
        var share = Sum(row => row.Seconds) is > 0 and { } sum
            ? device.TotalSeconds / (by.Worker.Gpus ?? 1) / sum : 1;
        var errors = Combine(Sum(row => row.Seconds), Sum(row => row.SecondsLow), Sum(row => row.SecondsHigh));
        var joules = share * Sum(row => row.EnergyJoules);
        return forecast with
        {
            Errors = errors,
            EnergyJoules = joules,
            Co2eGrams = joules is { } energy ? by.Worker.GridIntensity?.Grams(energy) : null,
            Money = share * Sum(row => row.Price),
            Ends = start.EndOf(estimate.Wall),
            EndsLate = errors is null ? null : start.EndOf(estimate.Wall * errors.High),
        };
    }

    private static string WhyUnknown(List<RunForecast> rows)
    {
        var unknown = rows.FindAll(row => row.Seconds is null);
        return string.Create(CultureInfo.InvariantCulture, $"of {unknown.Count:N0} of {rows.Count:N0} rows the time of "
            + $"a run is {unknown[0].StandsOn}{(unknown.DistinctBy(row => row.StandsOn).Count() > 1 ? "; and more" : "")}");
    }

    private static ErrorRange? Combine(double? middle, double? low, double? high) =>
        middle is > 0 && low is not null && high is not null
            ? new ErrorRange(low.Value / middle.Value, high.Value / middle.Value, 0, 0) : null;

    // The simulation of the queue goes by speeds of workloads.
    private static List<MeasuredSpeed> Speeds(Plan plan, List<RunForecast> rows, string deviceClass) =>
        [.. plan.Rows.Zip(rows).Select(one => new MeasuredSpeed(
            "", deviceClass, null, WorkloadKey.For(one.First.Spec!),
            one.First.Flops / one.Second.TrainingSeconds!.Value, 1, one.First.Spec!.FlopsPerToken)
            {
                OverheadSeconds = one.Second.Seconds - one.Second.TrainingSeconds,
            }).DistinctBy(speed => speed.Workload)];
}

/// <summary>When and on how many slots a sweep begins.</summary>
/// <param name="Now">The present.</param>
/// <param name="Slots">Runs at a time.</param>
/// <param name="Window">When it may run; null: always.</param>
public sealed record PlanStart(DateTimeOffset Now, int Slots, string? Window = null)
{
    // Nobody waits so long, and the hours of a window are looked for minute by minute.
    private static readonly TimeSpan MostWork = TimeSpan.FromDays(365);

    /// <summary>When so much work is done; null where that is not known, or more than a year of it.</summary>
    public DateTimeOffset? EndOf(TimeSpan? work) => work is not { } time || time > MostWork ? null
        : Window is null ? Now + time : TimeWindow.Parse(Window).After(Now, time);
}
