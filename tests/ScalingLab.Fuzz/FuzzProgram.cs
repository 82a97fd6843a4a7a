using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Commands.Maintenance;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using Spectre.Console;

namespace ScalingLab.Fuzz;

/// <summary><c>lab fuzz</c>, as the script starts it.</summary>
internal static class FuzzProgram
{
    private static Task<int> Main(string[] args)
    {
        var screen = Screen.ForProcess();
        var home = LabHome.Find();
        var lab = new RootCommand { FuzzCommand.Create(asked => Run(screen, home, asked)) };
        return CliHost.RunAsync(screen, home, lab, ["fuzz", .. args]);
    }

    private static int Run(Screen screen, LabHome home, FuzzOptions asked)
    {
        var folder = asked.Keep ?? Path.Combine(home.State, "fuzz");
        LabHome.RequireWritable("--keep", folder);
        if (asked.Case is { } which) return Again(screen, folder, asked.Formats, asked.Seed, which);
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading
            in (string[])["format", "cases", "taken", "exceptions", "over 5 s", "over 500 MB", "longest, s (case)",
            "most memory, MB (case)"])
            table.AddColumn(new TableColumn(heading).NoWrap());
        var findings = 0;
        foreach (var name in asked.Formats)
        {
            var of =
                new Fuzzing(name, folder, screen.Error).Run(asked.Seed, 0, asked.Cases ?? int.MaxValue, asked.Time
                    ?? TimeSpan.MaxValue);
            findings += of.Findings;
            string[] row =
            [
                name, Quantity.Whole(of.Cases), Quantity.Whole(of.Taken), Quantity.Whole(of.Exceptions),
                    Quantity.Whole(of.Slow), Quantity.Whole(of.Large),
                FormattableString.Invariant($"{of.Longest.Seconds:F2} ({of.Longest.Case})"),
                    FormattableString.Invariant($"{of.Largest.Bytes / 1e6:F0} ({of.Largest.Case})"),
            ];
            table.AddRow(row);
        }

        screen.Console.Write(table);
        return findings == 0 ? CliHost.Success : CliHost.Failure;
    }

    private static int Again(Screen screen, string folder, IReadOnlyList<string> formats, int seed, string which)
    {
        if (formats is not [var name]) throw new InputException("FORMAT", "name the one format that the case is of");
        var fuzzing = new Fuzzing(name, folder, screen.Error);
        var input = int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? fuzzing.InputOf(seed, number)
            : new FuzzInput(FuzzInput.EndingOf(which), InputFile.ReadBytes(which, FileKind.State));
        var one = fuzzing.Run(input);
        screen.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{input.Bytes.Length} bytes, {(one.Taken ? "taken" : "refused")}, {one.Seconds:F2} s, "
                + $"{one.Bytes / 1e6:F0} MB"));
        if (one.Finding is null) return CliHost.Success;
        screen.Error.WriteLine($"lab: {one.Finding}");
        if (one.Error is not null) screen.Error.WriteLine(one.Error.ToString());
        return CliHost.Failure;
    }
}
