using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Lab.Planning;

/// <summary>A plan as <c>--json</c> writes it. What is not known is left out.</summary>
public sealed record PlanDocument
{
    public required string Name { get; init; }

    public string? Question { get; init; }

    public required int Runs { get; init; }

    /// <summary>Runs that are finished and will not be trained again.</summary>
    public required int RunsFinished { get; init; }

    public required long Tokens { get; init; }

    public required double Flops { get; init; }

    public long? TrainTokens { get; init; }

    /// <summary>Time from the first start to the last end.</summary>
    public double? EstimatedSeconds { get; init; }

    /// <summary>The same where predictions err as nine in ten do: not less than this...</summary>
    public double? EstimatedSecondsLow { get; init; }

    /// <summary>...and not more than this.</summary>
    public double? EstimatedSecondsHigh { get; init; }

    /// <summary>Time for which devices are held, all of them added up.</summary>
    public double? EstimatedDeviceSeconds { get; init; }

    /// <summary>Attempts in the ledger that the estimate rests on.</summary>
    public required int EstimatedFromRuns { get; init; }

    /// <summary>Those of them that are not known to be by this engine.</summary>
    public required int EstimatedFromOtherEngines { get; init; }

    public required int Slots { get; init; }

    public TensorEngine? Engine { get; init; }

    /// <summary>What the forecasts are for.</summary>
    public string? Device { get; init; }

    public long? DeviceMemoryBytes { get; init; }

    /// <summary>When it ends if it begins now, windows kept.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>By when it has ended nine times in ten.</summary>
    public DateTimeOffset? EndsLate { get; init; }

    public double? EnergyJoules { get; init; }

    public double? Co2eGrams { get; init; }

    public double? Price { get; init; }

    public string? Currency { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> DataNotes { get; init; }

    public required IReadOnlyList<PlanRow> Rows { get; init; }

    /// <summary>What one run of each row takes, in their order.</summary>
    public required IReadOnlyList<RunForecast> Forecasts { get; init; }

    public static PlanDocument From(Plan plan, PlanForecast forecast, TensorEngine? engine,
        IReadOnlyList<string> notes) => new()
    {
        Name = plan.Name,
        Question = plan.Question,
        Runs = plan.Runs,
        RunsFinished = forecast.Estimate.RunsFinished,
        Tokens = plan.Tokens,
        Flops = plan.Flops,
        TrainTokens = plan.TrainTokens,
        EstimatedSeconds = forecast.Estimate.Wall?.TotalSeconds,
        EstimatedSecondsLow = forecast.Estimate.Wall?.TotalSeconds * forecast.Errors?.Low,
        EstimatedSecondsHigh = forecast.Estimate.Wall?.TotalSeconds * forecast.Errors?.High,
        EstimatedDeviceSeconds = forecast.Estimate.DeviceTime?.TotalSeconds,
        EstimatedFromRuns = forecast.Estimate.BasisRuns,
        EstimatedFromOtherEngines = forecast.Estimate.BasisOthers,
        Slots = forecast.Slots,
        Engine = engine,
        Device = forecast.Device?.Name,
        DeviceMemoryBytes = forecast.Device?.MemoryBytes,
        Ends = forecast.Ends,
        EndsLate = forecast.EndsLate,
        EnergyJoules = forecast.EnergyJoules,
        Co2eGrams = forecast.Co2eGrams,
        Price = forecast.Money,
        Currency = forecast.Money is null ? null : forecast.Price!.Currency,
        Warnings = plan.Warnings,
        DataNotes = notes,
        Rows = plan.Rows,
        Forecasts = forecast.Rows,
    };
}
