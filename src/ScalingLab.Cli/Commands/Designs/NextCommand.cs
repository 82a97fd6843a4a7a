using System.CommandLine;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Options;
using ScalingLab.Lab.Designs;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Commands.Designs;

/// <summary><c>lab next RESULTS --budget C --target a</c>: the runs that would teach most, as a grid.</summary>
internal static class NextCommand
{
    private const int DefaultBootstrap = 1000;

    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    private static readonly Argument<string> Folder =
        new("RESULTS") { Description = "A results folder with runs.csv, curves.csv and fit.json" };

    private static readonly Option<string?> Budget =
        new("--budget") { Description = "What the next runs may cost in all, FLOPs, e.g. 1e18" };

    private static readonly Option<string> Target = TargetOption.Create();

    private static readonly Option<string?> Law =
        LawOption.Create("A law to expect in the place of the fit's: E=1.8,A=406,B=410,alpha=0.34,beta=0.28");

    private static readonly Option<double?> Noise =
        new("--noise") { Description = "Standard deviation of ln loss; as the runs scatter unless given" };

    private static readonly Option<string?> Sizes =
        new("--sizes")
        { Description = "Presets to choose from, with commas; the sweep's shapes and the ladder unless given" };

    private static readonly Option<int?> Seeds =
        RunOptions.PositiveInteger("--seeds", "Most runs of a cell; as many as the grid has seeds unless given");

    private static readonly Option<int?> Runs = RunOptions.PositiveInteger("--runs", "Most runs; 200 unless given");

    private static readonly Option<double?> Reach =
        new("--reach")
        { Description = "How far N and D may lie outside the runs that there are, a factor; 4 unless given" };

    private static readonly Option<string?> Output =
        new("--out") { Description = "Write the grid to this file" };

    private static readonly Option<bool> IsJson =
        new("--json") { Description = "JSON on standard output instead of tables" };

    public static Command Create(Screen screen, LabHome home)
    {
        var command = new Command("next", "Choose the next runs of a sweep: those that tell most about one number")
        {
            Folder, Budget, Target, Law, Noise, Sizes, Seeds, Runs, Reach, Output, IsJson,
        };
        command.SetAction((parsed, stop) => RunAsync(screen, home, parsed, stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, ParseResult parsed, CancellationToken stop)
    {
        var request = Bind(parsed);
        var output = RequireGridFile(parsed.GetValue(Output), request.Folder);
        var options = new FitOptions { Bootstrap = DefaultBootstrap, Stop = stop };
        var study = await LongOperation.RunAsync(screen, "choosing the next runs", work =>
            NextStudy.Create(request, GridFolder(home, request.Folder), options with { Progress = work }), stop);
        var name = study.Sweep.Name.Length <= 59 ? $"{study.Sweep.Name}-next" : "next";
        var grid = study.WriteGrid(name);
        if (output is not null && study.Runs > 0) LabHome.WriteOutput("--out", output, grid);
        if (parsed.GetValue(IsJson)) screen.Out.WriteLine(JsonSerializer.Serialize(NextView.Document(study), Json));
        else NextView.Show(screen, request, study, output);
        return CliHost.Success;
    }

    private static NextRequest Bind(ParseResult parsed)
    {
        var problems = new List<Problem>();
        var folder = parsed.GetRequiredValue(Folder);
        problems.Collect(() => LabHome.RequireFolders("RESULTS", folder));
        var target = TargetParser.Parse(parsed.GetRequiredValue(Target), problems);
        var budget = parsed.GetValue(Budget) is { } text ? Quantity.Parse(text) : null;
        if (budget is not > 0 && parsed.GetValue(Budget) is { } wrong)
            problems.Add(new Problem("--budget", $"is '{wrong}'; a positive number of FLOPs is expected, e.g. 1e18"));
        else if (budget is null)
            problems.Add(new Problem("--budget", "say what the next runs may cost, in FLOPs, e.g. --budget 1e18"));
        var law = parsed.GetValue(Law) is { } given ? LawParser.Parse(given, problems) : null;
        foreach (var (place, number, least, most) in new[]
        {
            ("--noise", parsed.GetValue(Noise), 0.0, 1.0),
            ("--reach", parsed.GetValue(Reach), 1.0, double.MaxValue),
        })
        {
            if (number is { } x && !(x >= least && x > 0 && x <= most))
            {
                var expected = least > 0 ? "at least 1" : "a number above 0 and at most 1";
                problems.Add(new Problem(place, FormattableString.Invariant($"is {x}; {expected} is expected")));
            }
        }

        return problems.Count > 0 ? throw new InputException(problems) : new NextRequest(folder, target!, budget!.Value)
        {
            Law = law,
            Noise = parsed.GetValue(Noise),
            Sizes = parsed.GetValue(Sizes)?.Split(',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Seeds = parsed.GetValue(Seeds),
            MostRuns = parsed.GetValue(Runs) ?? 200,
            Reach = parsed.GetValue(Reach) ?? 4,
        };
    }

    private static string? RequireGridFile(string? path, string results)
    {
        if (path is null) return null;
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException("--out", $"{path} is written as a grid: give a name that ends in .json");
        if (File.Exists(path) && Path.GetDirectoryName(Path.GetFullPath(path))
            == Path.TrimEndingDirectorySeparator(Path.GetFullPath(results)))
            throw new InputException("--out", $"{path} is a file of the results: name another file");
        LabHome.RequireNewFile("--out", path);
        return path;
    }

    // Rule files of a grid lie beside it; without them the folder hardly matters.
    private static string GridFolder(LabHome home, string results)
    {
        var path = Reporting.Analysis.MeasuredSweep.Read(results).GridPath;
        return path is null ? home.Root : Path.GetDirectoryName(Path.GetFullPath(path, home.Root)) ?? home.Root;
    }
}
