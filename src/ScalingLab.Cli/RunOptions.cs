using System.CommandLine;
using System.Globalization;

namespace ScalingLab.Cli;

/// <summary>What <c>lab run</c> was asked for.</summary>
/// <param name="Grid">The grid.</param>
/// <param name="Out">Where results go; null: results/NAME.</param>
/// <param name="Slots">Workers at a time.</param>
/// <param name="Threads">CPU threads of each worker; null: the grid's, else 1.</param>
/// <param name="Device">"cpu" or "cuda:0".</param>
/// <param name="Update">Whether a sweep of the same name may be changed.</param>
/// <param name="Ledger">Which ledger; null: the environment's, else the state folder's file.</param>
/// <param name="Slurm">What is asked of Slurm; null: workers are started here.</param>
internal sealed record RunOptions(
    GivenGrid Grid, string? Out, int Slots, int? Threads, string Device, bool Update, string? Ledger = null, SlurmWish? Slurm = null)
{
    /// <summary>The grid and the place of its results, as a shell takes them: what goes on with it.</summary>
    public string Again => Grid.Line + (Out is null ? "" : $" --out {ShellWords.Quoted(Out)}");

    public static Option<string?> ResultsOption() => new("--out") { Description = "Folder of the results; results/NAME unless given" };

    public static Option<int?> SlotsOption() => Positive("--slots", "Workers at a time; unless given one a CPU core, or one on a GPU");

    public static Option<int?> ThreadsOption() => Positive("--threads", "CPU threads of each worker; the grid's, else 1");

    public static Option<string> DeviceOption()
    {
        var device = new Option<string>("--device") { Description = "cpu, or cuda:0", DefaultValueFactory = _ => "cpu" };
        device.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } d && d != "cpu" && !(d.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(d[5..], out _)))
                result.AddError($"--device is '{d}'; cpu or cuda:N is expected");
        });
        return device;
    }

    /// <summary>
    /// One worker a core: two workers of one thread are about twice as fast as one of two at micro sizes. One on a GPU: a second makes the sum slower
    /// from a million parameters on (docs/benchmarks.md).
    /// </summary>
    public static int SlotsOf(int? given, string device = "cpu") => given ?? (device == "cpu" ? Environment.ProcessorCount : 1);

    /// <summary>A whole number of at least 1, or nothing.</summary>
    public static Option<int?> Positive(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            // What is no number at all is said by the parser, and cannot be asked for its value.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number < 1)
                result.AddError($"{name} is {number}; at least 1 is expected");
        });
        return option;
    }
}
