using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.Drawing.Themes;
using ScalingLab.Reporting.Figures.Elements;
using ScalingLab.Reporting.Figures.Performance;
using ScalingLab.Reporting.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Documents;

/// <summary><c>lab figure NAME RESULTS...</c>: one figure of a report, as a paper or a slide wants it.</summary>
internal static class FigureCommand
{
    public static Command Create(Screen screen)
    {
        var name =
            new Argument<string?>("NAME")
            { Description = "The figure; without one they are listed", Arity = ArgumentArity.ZeroOrOne };
        var results =
            new Argument<string[]>("RESULTS")
            { Description = "Results folders; several on one figure", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<bool>("--list") { Description = "List the figures" };
        var format = new Option<string>("--format")
        {
            Description = $"Some of {string.Join(",", FigureRequest.AllFormats)}",
                DefaultValueFactory = _ => string.Join(',', FigureRequest.AllFormats),
        };
        var place = new Option<string>("--out") { Description = "Folder of the files", DefaultValueFactory = _ => "." };
        var width =
            new Option<double?>("--width") { Description = "Width of the whole in mm; letters keep their size" };
        // Empty by itself, so that an empty one is taken: no title.
        var title =
            new Option<string>("--title")
            { Description = "What stands above; \"\" for nothing", DefaultValueFactory = _ => "" };
        var x = new Option<AxisScale?>("--x") { Description = "log or linear: the horizontal axis" };
        var over = new Option<CurveAxis>("--over") { Description = "flops, tokens or time: what loss curves go over" };
        var range = new Option<string?>("--y-range") { Description = "Ends of the vertical axis, e.g. 2.5,4" };
        var theme = new Option<FigureTheme>("--theme") { Description = "print, slide or dark" };
        var group = new Option<string?>("--group-by") { Description = "Colour runs by this column of runs.csv" };
        var command = new Command("figure", "Draw one figure of a results folder, or of several together")
        {
            name, results, list, format, place, width, title, x, over, range, theme, group,
        };
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(list) || parsed.GetValue(name) is not { } asked) return Task.FromResult(List(screen));
            var request = new FigureRequest(asked, parsed.GetValue(results) ?? [])
            {
                Formats =
                    [.. parsed.GetRequiredValue(format)
                        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()],
                Millimetres = parsed.GetValue(width),
                Title = parsed.GetResult(title) is OptionResult { Implicit: false } ? parsed.GetValue(title) : null,
                X = parsed.GetValue(x),
                Over = parsed.GetValue(over),
                YRange = Range(parsed.GetValue(range)),
                Theme = parsed.GetValue(theme),
                GroupBy = parsed.GetValue(group),
            };
            return RunAsync(screen, request, parsed.GetRequiredValue(place), stop);
        });
        return command;
    }

    private static int List(Screen screen)
    {
        var widest = FigureKinds.All.Max(kind => kind.Name.Length);
        foreach (var kind in FigureKinds.All)
            screen.Out.WriteLine($"{kind.Name.PadRight(widest)}  {kind.Shows}; of {kind.Needs}");
        return CliHost.Success;
    }

    private static async Task<int> RunAsync(Screen screen, FigureRequest request, string folder, CancellationToken stop)
    {
        if (request.Results.Count == 0)
            throw new InputException("RESULTS", $"'lab figure {request.Name} RESULTS': name a results folder");
        LabHome.RequireFolders("RESULTS", request.Results);
        RequireFolder(request, folder);
        LabHome.RequireWritable("--out", folder);
        var outcome =
            await LongOperation.RunAsync(screen, $"drawing {request.Name}",
                _ => RequestedFigure.WriteAsync(request, folder, stop), stop);
        screen.Out.WriteLine($"Files in {LabHome.DisplayPath(folder)}: {string.Join(", ", outcome.Files)}.");
        screen.Out.WriteLine(outcome.Caption);
        return CliHost.Success;
    }

    // Nobody means a folder called f.svg.
    private static void RequireFolder(FigureRequest request, string folder)
    {
        var format = Path.GetExtension(folder).TrimStart('.').ToLowerInvariant();
        if (FigureRequest.AllFormats.Contains(format) && !Directory.Exists(folder))
            throw new InputException("--out", $"{folder} is named like a file; name a folder: '--format {format}' "
                + $"writes {request.Name}.{format} there");
    }

    private static (double Low, double High)? Range(string? words)
    {
        if (words is null) return null;
        var ends = words.Split(',', StringSplitOptions.TrimEntries);
        return ends.Length == 2 && Number(ends[0]) is { } low && Number(ends[1]) is { } high ? (low, high)
            : throw new InputException("--y-range", $"is '{words}'; two numbers are expected, as 2.5,4");
    }

    private static double? Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
