using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>What a sweep has cost so far: finished runs, running attempts, and those that came to nothing.</summary>
public sealed record SweepCost
{
    /// <summary>
    /// Time for which attempts held a device, seconds: each attempt from its claim to its end, by its devices.
    /// </summary>
    public required double DeviceSeconds { get; init; }

    /// <summary>Exact training FLOPs.</summary>
    public required double Flops { get; init; }

    /// <summary>Training tokens.</summary>
    public required double Tokens { get; init; }

    /// <summary>Energy of those that measured it, joules.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>Grams of CO2-equivalent of that energy, at the intensity that the grid states.</summary>
    public double? Co2eGrams { get; init; }

    /// <summary>Money, at the price that the grid states.</summary>
    public double? Money { get; init; }

    /// <summary>Its unit, e.g. "EUR".</summary>
    public string? Currency { get; init; }

    /// <summary>Adds up what runs have used.</summary>
    /// <param name="runs">The runs, each once.</param>
    /// <param name="rates">What the sweep's grid states.</param>
    public static SweepCost OfRuns(IReadOnlyCollection<RunUsage> runs, CostRates rates)
    {
        var joules = Sum(runs.Select(r => r.EnergyJoules));
        var seconds = runs.Sum(r => r.DeviceSeconds);
        var money =
            Sum([rates.Price?.ForSeconds(seconds), joules is { } energy ? rates.Price?.ForJoules(energy) : null]);
        return new SweepCost
        {
            DeviceSeconds = seconds,
            Flops = runs.Sum(r => r.Flops),
            Tokens = runs.Sum(r => r.Tokens),
            EnergyJoules = joules,
            Co2eGrams = Sum(
                runs.Select(r => r.IsCompleted ? r.Co2eGrams : r.EnergyJoules is { } used
                ? rates.Intensity?.Grams(used) : null)),
            Money = money,
            Currency = money is null ? null : rates.Price?.Currency,
        };
    }

    /// <summary>Several sweeps together; money only where all that cost some have one currency.</summary>
    public static SweepCost OfSweeps(IReadOnlyCollection<SweepCost> sweeps)
    {
        var currencies = sweeps.Select(s => s.Currency).OfType<string>().Distinct().ToList();
        return new SweepCost
        {
            DeviceSeconds = sweeps.Sum(s => s.DeviceSeconds),
            Flops = sweeps.Sum(s => s.Flops),
            Tokens = sweeps.Sum(s => s.Tokens),
            EnergyJoules = Sum(sweeps.Select(s => s.EnergyJoules)),
            Co2eGrams = Sum(sweeps.Select(s => s.Co2eGrams)),
            Money = currencies.Count == 1 ? Sum(sweeps.Select(s => s.Money)) : null,
            Currency = currencies.Count == 1 ? currencies[0] : null,
        };
    }

    // Missing stays missing: no sum where there is nothing to add up.
    private static double? Sum(IEnumerable<double?> values) =>
        values.Aggregate((double?)null, (sum, next) => next is null ? sum : (sum ?? 0) + next);
}

/// <summary>What energy and time cost where a sweep runs, as its grid states it.</summary>
/// <param name="Price">Money; null where it is not known.</param>
/// <param name="Intensity">CO2-equivalent of a kilowatt-hour; null where it is not known.</param>
public sealed record CostRates(ComputePrice? Price, GridIntensity? Intensity)
{
    /// <summary>Nobody said anything.</summary>
    public static CostRates None { get; } = new(null, null);

    /// <summary>What a grid's JSON states of its worker; nothing where it does not, or is not understood.</summary>
    public static CostRates Parse(string? grid)
    {
        try
        {
            var worker = grid is null ? null : JsonNode.Parse(grid)?["worker"];
            return new CostRates(
                worker?["price"]?.Deserialize<ComputePrice>(RunJson.Options),
                    worker?["gridIntensity"]?.Deserialize<GridIntensity>(RunJson.Options));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return None; // of another version: the report says what it is
        }
    }
}
