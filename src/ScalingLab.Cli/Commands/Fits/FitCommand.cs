using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Fitting;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Lab.Programs;
using ScalingLab.Reporting;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Fits;

/// <summary><c>lab fit FILE.csv</c>: the laws through anyone's runs.</summary>
internal static class FitCommand
{
    public static Command Create(Screen screen)
    {
        var request = new FitOptionSet();
        var command = request.Command("fit", "Fit scaling laws to a table of runs");
        command.SetAction((parsed, stop) => RunAsync(screen, request, parsed, stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, FitOptionSet request, ParseResult parsed,
        CancellationToken stop)
    {
        var options = request.Options(parsed);
        var (json, figures) = (request.Json(parsed), request.Figures(parsed));
        if (request.Minima(parsed) is { } columns) return Minima(screen, request, parsed, columns, options);
        var (rows, source) = await LongOperation.RunAsync(screen, "reading", _ => Read(request, parsed), stop);
        if (json is not (null or "-")) RequireWritable(json);
        if (figures is not null) LabHome.RequireWritable("--figures", figures);
        var fit = await LongOperation.RunAsync(
            screen, $"fitting {Quantity.Whole(rows.Observations.Count)} rows",
            work => Fitter.Fit(rows, options with { Stop = stop, Progress = work }), stop);
        Print(screen, json, fit,
            () => FitView.Show(screen, source, rows.Observations.Count + rows.SetAside.Count, fit, rows));
        return figures is null ? CliHost.Success
            : await DrawAsync(screen, fit, rows, figures, quiet: json == "-", stop);
    }

    private static int Minima(Screen screen, FitOptionSet request, ParseResult parsed, MinimaColumns columns,
        FitOptions options)
    {
        var json = request.Json(parsed);
        if (request.Figures(parsed) is not null)
            throw new InputException("--figures", "draws runs, and a table of minima has none: leave it out");
        var file = request.File(parsed) ?? throw new InputException("FILE.csv", "name a table of minima");
        var table = MinimaTable.From(CsvTable.Read(file), columns, request.Rows(parsed).Where);
        if (json is not (null or "-")) RequireWritable(json);
        var fit = GivenMinima.Document(table.Minima, table.SetAside, options);
        Print(screen, json, fit,
            () => FitView.Show(screen, table.Used, table.Minima.Count + table.SetAside.Count, fit));
        return CliHost.Success;
    }

    private static void Print(Screen screen, string? json, FitDocument fit, Action show)
    {
        if (json is not (null or "-")) LabHome.WriteOutput("--json", json, fit.ToJson());
        if (json == "-") screen.Out.Write(fit.ToJson());
        else show();
    }

    private static async Task<int> DrawAsync(Screen screen, FitDocument fit, FitRows rows, string folder, bool quiet,
        CancellationToken stop)
    {
        var outcome = await FitFigures.WriteAsync(fit, rows.Observations, folder, stop);
        if (!quiet)
            screen.Out.WriteLine($"Figures in {folder}: "
                + $"{string.Join(", ", outcome.Files.Where(f => f.EndsWith(".svg", StringComparison.Ordinal)))}.");
        foreach (var left in outcome.LeftOut) screen.Error.WriteLine($"lab: no figure {left}");
        return CliHost.Success;
    }

    private static (FitRows Rows, string Source) Read(FitOptionSet request, ParseResult parsed)
    {
        var (file, demo) = (request.File(parsed), request.Demo(parsed));
        if (demo is not null)
        {
            return file is null ? (new FitRows(demo.Observations), $"{demo.Description}.")
                : throw new InputException("--demo", $"is made up; leave {file} out");
        }

        if (file is null)
            throw new InputException("FILE.csv", $"name a table of runs, or --demo {DemoSweep.All[0].Name}");
        var table = CsvTable.Read(file);
        var fitted = FitTable.From(table, request.Columns(parsed), request.Rows(parsed));
        var curves = request.Curves(parsed) ?? CurveTable.Beside(table);
        var points = curves is null ? fitted.Points : CurveTable.ReadPoints(CsvTable.Read(curves), table, fitted);
        return (new FitRows(fitted.Observations)
            { SetAside = fitted.SetAside, Curves = points, Warnings = fitted.Warnings }, fitted.Source);
    }

    private static void RequireWritable(string file)
    {
        if (Directory.Exists(file)) throw new InputException("--json", $"{file} is a folder");
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!Directory.Exists(folder)) throw new InputException("--json", $"there is no folder {folder}");
    }
}
