using System.Text.Json.Serialization;
using ScalingLab.Runs.Performance;

namespace ScalingLab.Lab.Planning;

/// <summary>What an estimate of time stands on.</summary>
public enum ForecastBasis
{
    /// <summary>Nothing: no time is said.</summary>
    Unknown,

    /// <summary>Runs of the same workload on that device.</summary>
    Measured,

    /// <summary>The speed of attempts that the ledger knows, of the nearest workload where not of the same.</summary>
    History,

    /// <summary>The model, on the device that it was calibrated on.</summary>
    Model,

    /// <summary>The model, corrected by other runs on that device.</summary>
    CorrectedModel,

    /// <summary>The model with the device's peak and bandwidth: no run on it is known.</summary>
    DataSheet,
}

/// <summary>What a run is predicted to take. What is not known is null.</summary>
public sealed record RunForecast
{
    /// <summary>What the time stands on.</summary>
    public ForecastBasis Basis { get; init; }

    /// <summary>The same in words, or why there is no time.</summary>
    public required string StandsOn { get; init; }

    /// <summary>Seconds in training steps.</summary>
    public double? TrainingSeconds { get; init; }

    /// <summary>Seconds for which it holds its device.</summary>
    public double? Seconds { get; init; }

    /// <summary>How far such predictions were off; null where that is not known.</summary>
    [JsonIgnore]
    public ErrorRange? Errors { get; init; }

    /// <summary>Nine in ten take longer than this and...</summary>
    public double? SecondsLow => Seconds * Errors?.Low;

    /// <summary>...less than this.</summary>
    public double? SecondsHigh => Seconds * Errors?.High;

    /// <summary>Training tokens a second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Predicted peak of the device's memory, bytes, what a process takes beside tensors included.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Whether that fits; null where the device's memory is not known.</summary>
    public bool? Fits { get; init; }

    /// <summary>Tokens of a forward and backward pass, as the grid has it.</summary>
    public required long MicroBatchTokens { get; init; }

    /// <summary>The most that fits, 0 where not even one sequence does; null where the memory is not known.</summary>
    public long? LargestMicroBatchTokens { get; init; }

    /// <summary>Energy of the device, joules.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>CO2-equivalent, grams.</summary>
    public double? Co2eGrams { get; init; }

    /// <summary>Money.</summary>
    public double? Price { get; init; }
}
