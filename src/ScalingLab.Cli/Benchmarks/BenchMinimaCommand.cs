using System.CommandLine;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Benchmarks;

/// <summary><c>lab bench minima</c>: which way to find IsoFLOP minima gives a known exponent back.</summary>
internal static class BenchMinimaCommand
{
    private static readonly MinimumMethod[] Methods =
        [MinimumMethod.Parabola, MinimumMethod.Akima, MinimumMethod.Quartic, MinimumMethod.Auto];

    public static Command Create(Screen screen)
    {
        var draws = RunOptions.PositiveInteger("--draws", "Noisy copies of each sweep; 100 unless given");
        var bootstrap = RunOptions.PositiveInteger("--bootstrap", "Bootstrap draws of each fit; 100 unless given");
        var seed = new Option<int>("--seed") { Description = "Seeds the noise", DefaultValueFactory = _ => 1 };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var output =
            new Option<string?>("--out")
            { Description = "Write the tables to this Markdown file instead of standard output" };
        var command = new Command("minima", "Measure the ways to find IsoFLOP minima on sweeps whose exponent is known")
        {
            draws, bootstrap, seed, threads, output,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var options = new FitOptions
            {
                Bootstrap = parsed.GetValue(bootstrap) ?? 100,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Stop = stop,
            };
            var page = await PageAsync(screen, parsed.GetValue(draws) ?? 100, parsed.GetValue(seed), options);
            if (parsed.GetValue(output) is { } file) LabHome.WriteOutput("--out", file, page);
            else screen.Out.Write(page);
            return CliHost.Success;
        });
        return command;
    }

    private static async Task<string> PageAsync(Screen screen, int draws, int seed, FitOptions options)
    {
        var rows = new List<MinimaRow>();
        foreach (var design in MinimaDesigns.All)
        {
            foreach (var method in Methods)
            {
                rows.Add(await LongOperation.RunAsync(screen, $"{design.Name}, {FitOptionSet.JsonName(method)}", work =>
                    MinimaStudy.Run(design, draws, seed, options with { Minima = method, Progress = work }),
                    options.Stop));
            }
        }

        return MinimaPage.Render(MinimaDesigns.All, rows, draws, seed, options);
    }
}
