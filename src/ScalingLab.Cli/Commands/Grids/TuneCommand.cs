using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting.Tuning;
using ScalingLab.Runs;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary>
/// <c>lab tune GRID</c>: finds the best learning rate and batch (and any field named) of each cell, and laws of them in
/// N and D.
/// </summary>
internal static class TuneCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var request = new TuneOptionSet();
        var command =
            request.Command("tune", "Find the best learning rate and batch on cheap cells, and the laws that predict "
                + "them for larger ones");
        command.SetAction(async (parsed, stop) =>
        {
            var (grid, fitOnly, rule) = (request.Grid(parsed), request.FitOnly(parsed), request.Rule(parsed));
            var places = request.Predict(parsed);
            if (grid is not null && fitOnly is not null)
                throw new InputException("--fit-only", $"trains nothing; leave {grid} out");
            if (grid is null && fitOnly is null)
            {
                if (places.Count == 0 || rule is null)
                    throw new InputException("GRID",
                        "is missing; name a grid, --fit-only DIR, or --rule FILE with --predict");
                TuneView.Predict(screen, RuleFile.Read(rule), places);
                return CliHost.Success;
            }

            return fitOnly is not null
                ? await FitAsync(screen, request, parsed, fitOnly, places, stop)
                : await new TuneSession(screen, request.Home(parsed, home), request.Run(parsed, grid!),
                    request.Options(parsed), request.Method(parsed), rule)
                    .RunAsync(request.DryRun(parsed), places, stop);
        });
        return command;
    }

    private static async Task<int> FitAsync(
        Screen screen, TuneOptionSet request, ParseResult parsed, string source,
        IReadOnlyList<(double N, double D)> places, CancellationToken stop)
    {
        if (!Directory.Exists(source) && !File.Exists(source))
            throw new InputException("--fit-only", $"there is no folder or file {source}");
        var folder = request.Out(parsed)
            ?? (Directory.Exists(source) ? source : Path.GetDirectoryName(Path.GetFullPath(source))!);
        LabHome.RequireWritable(request.Out(parsed) is null ? "--fit-only" : "--out", folder);
        var options = new TunePreparation(new TuneMetadata(), request.Method(parsed), request.Rule(parsed)).Options();
        var outcome = await LongOperation.RunAsync(
            screen, $"fitting {LabHome.DisplayPath(source)}",
            _ => TuneWriter.RewriteAsync(source, folder, options, stop), stop);
        TuneView.Show(screen, folder, outcome);
        if (places.Count > 0 && outcome.Rule is { } rule) TuneView.Predict(screen, rule, places);
        return outcome.Rule is not null ? CliHost.Success : CliHost.Failure;
    }
}
