using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Benchmarks;

/// <summary><c>lab bench coverage</c>: whether the fit's 95 % intervals hold the truth in 95 % of sweeps.</summary>
internal static class BenchCoverageCommand
{
    private static readonly FitMethod[] Methods = [FitMethod.Huber, FitMethod.SquaredError];

    private static string Names => string.Join(", ", CoverageDesign.All.Select(one => one.Name));

    public static Command Create(Screen screen)
    {
        var draws = RunOptions.PositiveInteger("--draws", "Noisy copies of each sweep; 400 unless given");
        var bootstrap = RunOptions.PositiveInteger("--bootstrap", "Bootstrap draws of each fit; 1,000 unless given");
        var seed = new Option<int>("--seed") { Description = "Seeds the noise", DefaultValueFactory = _ => 1 };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var design = new Option<string?>("--design") { Description = $"One of {Names}; all unless given" };
        var output =
            new Option<string?>("--out")
            { Description = "Write the tables to this Markdown file instead of standard output" };
        var command = new Command("coverage", "Count how often the 95 % intervals of the parametric fit hold the truth")
        {
            draws, bootstrap, seed, threads, design, output,
        };
        command.SetAction((parsed, stop) =>
        {
            var options = new FitOptions
            {
                Bootstrap = parsed.GetValue(bootstrap) ?? 1000,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Stop = stop,
            };
            return RunAsync(screen, Designs(parsed.GetValue(design)), parsed.GetValue(draws) ?? 400,
                parsed.GetValue(seed), options, parsed.GetValue(output));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Screen screen, IReadOnlyList<CoverageDesign> designs, int draws, int seed, FitOptions options, string? output)
    {
        var rows = new List<CoverageRow>();
        foreach (var design in designs)
        {
            foreach (var method in Methods)
            {
                rows.AddRange(await LongOperation.RunAsync(screen, $"{design.Name}, "
                    + $"{CoveragePage.MethodName(method)}", work =>
                    CoverageStudy.Run(design, draws, seed, options with { Method = method, Progress = work }),
                    options.Stop));
            }
        }

        var page = CoveragePage.Render(designs, rows, draws, seed, options);
        if (output is null) screen.Out.Write(page);
        else LabHome.WriteOutput("--out", output, page);
        return CliHost.Success;
    }

    private static IReadOnlyList<CoverageDesign> Designs(string? name)
    {
        if (name is null) return CoverageDesign.All;
        var found = CoverageDesign.All.Where(one => one.Name == name).ToList();
        return found.Count > 0
            ? found
            : throw new InputException("--design", $"no design is called '{name}': {Names}");
    }
}
