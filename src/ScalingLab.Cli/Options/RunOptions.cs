using System.CommandLine;
using System.Globalization;

namespace ScalingLab.Cli.Options;

/// <summary>Options that several commands have, and kinds of options.</summary>
internal static class RunOptions
{
    public static Option<string?> ResultsOption() =>
        new("--out") { Description = "Folder of the results; results/NAME unless given" };

    public static Option<int?> SlotsOption() =>
        PositiveInteger("--slots", "Workers at a time on each device; unless given one a CPU core, or one on a GPU");

    public static Option<int?> ThreadsOption() =>
        PositiveInteger("--threads", "CPU threads of each worker; the grid's, else 1");

    public static Option<string> DeviceOption()
    {
        var device =
            new Option<string>("--device") { Description = "cpu, or cuda:0", DefaultValueFactory = _ => "cpu" };
        device.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } d && !IsDevice(d))
                result.AddError($"--device is '{d}'; cpu or cuda:N is expected");
        });
        return device;
    }

    public static Option<string?> DevicesOption()
    {
        var devices = new Option<string?>("--devices", "--device")
        {
            Description =
                "What it trains on, e.g. cpu or cuda:0,cuda:1; every GPU unless given, or where there is none the processor",
        };
        devices.Validators.Add(result =>
        {
            foreach (var d in (result.GetValueOrDefault<string>() ?? "cpu").Split(',', StringSplitOptions.TrimEntries)
                .Where(d => !IsDevice(d)))
                result.AddError($"--devices has '{d}'; cpu or cuda:N is expected, several with commas");
        });
        return devices;
    }

    private static bool IsDevice(string name) => name == "cpu"
        || (name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name[5..], NumberStyles.None, CultureInfo.InvariantCulture, out _));

    /// <summary>A whole number of at least 1, or nothing.</summary>
    public static Option<int?> PositiveInteger(string name, string description, int most = int.MaxValue)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            // What is no number at all is said by the parser, and cannot be asked for its value.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number)
                && (number < 1 || number > most))
                result.AddError($"{name} is {number}; at {(number < 1 ? "least 1" : $"most {most}")} is expected");
        });
        return option;
    }

    /// <summary>A number in a range, or nothing.</summary>
    public static Option<double?> Number(string name, string description, double least, double most)
    {
        var option = new Option<double?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var given)
                && !(given >= least && given <= most))
                result.AddError($"{name} is {given}; {least} to {most} is expected");
        });
        return option;
    }
}
