using System.CommandLine;
using System.Reflection;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>
/// <c>lab init [NAME]</c>: a folder with a small grid to begin with, explained, and its schema for editors.
/// </summary>
internal static class InitCommand
{
    private const string Otherwise = "my-sweep";
    private const string GridFileName = "grid.json";
    private const string SchemaFileName = "grid.schema.json";

    public static Command Create(Screen screen)
    {
        var name = new Argument<string>("NAME")
        {
            Description = $"The folder that is made, and the sweep's name; {Otherwise} unless given",
                DefaultValueFactory = _ => Otherwise,
        };
        var command =
            new Command("init", "Write a small grid to begin with into a new folder, with its schema for editors; "
                + "nothing is replaced") { name };
        command.SetAction(parsed => Run(screen, parsed.GetValue(name)!));
        return command;
    }

    /// <summary>Writes the files and says what to do next.</summary>
    /// <exception cref="InputException">The name cannot be, a grid is there already, or the folder cannot be
    /// written.</exception>
    public static int Run(Screen screen, string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (GridFile.NameProblem(name) is { } problem) throw new InputException("NAME", problem);
        var grid = Path.Combine(folder, GridFileName);
        if (Path.Exists(grid))
            throw new InputException("NAME", $"{grid} is there already, and is not replaced: choose another name");
        LabHome.RequireWritable("NAME", folder);
        Write(grid, Part(GridFileName).Replace("\"NAME\"", $"\"{name}\"", StringComparison.Ordinal));
        if (!Path.Exists(Path.Combine(folder, SchemaFileName)))
            Write(Path.Combine(folder, SchemaFileName), Part(SchemaFileName));

        var (lab, shown) = (CommandName.AsInvoked, ShellQuoting.Quote(grid));
        screen.Out.WriteLine($"{grid} is a grid of 8 short runs; {SchemaFileName} beside it lets editors complete and "
            + "check it. Next:");
        screen.Out.WriteLine($"  {lab} plan {shown}                # what will run, and what it costs");
        screen.Out.WriteLine($"  {lab} plan "
            + $"{shown} seeds=3        # the same with another value: any field of the grid");
        screen.Out.WriteLine($"  {lab} run {shown} --out {ShellQuoting.Quote(Path.Combine(folder, "results"))}   # "
            + "train, fit, report");
        screen.Out.WriteLine($"For your own text put .txt or .md files into {Path.Combine(folder, "text")} and change "
            + "\"data\" as its comment says.");
        return CliHost.Success;
    }

    private static void Write(string file, string text)
    {
        using var writer = new StreamWriter(new FileStream(file, FileMode.CreateNew, FileAccess.Write));
        writer.Write(text);
    }

    private static string Part(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} was not built in");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
