using System.CommandLine;
using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>The options that say how many GPUs <c>lab bench</c> has step together.</summary>
internal sealed class GpuOptionSet
{
    /// <summary>--gpus.</summary>
    public Option<int[]> Counts { get; } = new("--gpus")
    {
        Description =
            "GPUs, from --device on, that make each step together (on a CPU: processes); several are timed in turn; 1 "
                + "unless given",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>--bucket-bytes.</summary>
    public Option<long?> BucketBytes { get; } = new("--bucket-bytes")
    {
        Description =
            $"With several GPUs: gradient that is gathered before it is added up; {WorkerSettings.DefaultBucketBytes} "
                + "unless given",
    };

    /// <summary>The numbers that were asked for.</summary>
    /// <exception cref="InputException">One that cannot be.</exception>
    public IReadOnlyList<int> Bind(ParseResult parsed)
    {
        int[] numbers = parsed.GetValue(Counts) is { Length: > 0 } given ? given : [1];
        List<Problem> problems = [.. numbers.Where(n => n is < 1 or > WorkerSettings.MaxGpus)
            .Select(n => new Problem("--gpus", string.Create(CultureInfo.InvariantCulture, $"is {n}; 1 to "
                + $"{WorkerSettings.MaxGpus} is expected")))];
        if (parsed.GetValue(BucketBytes) < 1) problems.Add(new Problem("--bucket-bytes", "is less than 1"));
        return problems.Count == 0 ? [.. numbers.Distinct()] : throw new InputException(problems);
    }

    /// <summary>The settings with what was asked for.</summary>
    public WorkerSettings ApplyTo(WorkerSettings settings, ParseResult parsed) =>
        settings with { BucketBytes = parsed.GetValue(BucketBytes) ?? settings.BucketBytes };

    /// <summary>
    /// The devices of those settings: as many GPUs in a row as step together, from the one that is named on.
    /// </summary>
    public static IEnumerable<string> Devices(WorkerSettings settings)
    {
        var first = settings.Device.Split(':') is [_, var number]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : 0;
        return settings.Gpus == 1 ? [settings.Device]
            : Enumerable.Range(first, settings.Gpus)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"cuda:{i}"));
    }
}
