using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Corpora;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data inspect</c>: what some text, or a grid's text, is like.</summary>
internal static class InspectCommand
{
    private const double DefaultHeldOut = 0.05;

    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATHS", "Files and folders of text, or a grid's JSON file");
        var output = new Option<string?>("--out") { Description = "Write a page with figures, FILE.html" };
        var heldOut = new Option<double?>("--held-out")
        {
            Description = "Share of the documents to be held against the rest; the grid's, else 0.05",
        };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var anyPath = GridOptionSet.AllowPathsOption();
        var command = new Command("inspect", "Show what text is like: lengths, copies, languages, quality, overlap")
        {
            output, heldOut, threads, json, anyPath,
        };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var page = RequirePage(parsed.GetValue(output));
            var (sources, share) = Sources(parsed, text, parsed.GetValue(anyPath));
            RequireOtherFile(page, sources);
            var request = new InspectionRequest(sources, Share(parsed.GetValue(heldOut) ?? share))
            {
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var report = await DataOutput.WorkAsync(screen, "inspecting text",
                log => Inspection.Run(request, log, stop), stop);
            if (page is not null)
                LabHome.WriteOutput("--out", page, InspectionPage.Create(report, Title(parsed, text)).ToHtml());
            return DataOutput.Answer(screen, report, report.Quality.Notes, parsed.GetValue(json),
                () => Show(screen, report, page));
        });
        return command;
    }

    private static string Title(ParseResult parsed, TextOptionSet text)
    {
        var names = string.Join(", ", text.Names(parsed));
        return names.Length > 0 ? names : "Text";
    }

    private static (IReadOnlyList<(string Name, CorpusSource Source)> Sources, double HeldOut) Sources(
        ParseResult parsed, TextOptionSet text, bool anyPath)
    {
        if (text.Paths(parsed) is not [var file] || !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return ([("all", text.Bind(parsed))], DefaultHeldOut);
        var request = GridCorpus.ToDataRequest(new GridRequest(file, anyPath, []).Read().Data);
        return ([.. request.Sources.Select(one => (one.Name.Length > 0 ? one.Name : "all", one.Corpus))],
            request.HeldOutFraction);
    }

    private static double Share(double share) => share is > 0 and < 1 ? share
        : throw new InputException("--held-out", string.Create(CultureInfo.InvariantCulture,
            $"is {share}; a share above 0 and below 1 is expected, as 0.05 is"));

    private static string? RequirePage(string? path)
    {
        if (path is null) return null;
        if (!path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new InputException("--out", $"{path} is written as HTML: give a name that ends in .html");
        if (Directory.Exists(path)) throw new InputException("--out", $"{path} is a folder; name a file in it");
        LabHome.RequireWritable("--out", Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }

    private static void RequireOtherFile(string? page, IReadOnlyList<(string Name, CorpusSource Source)> sources)
    {
        if (page is not null && Path.GetFullPath(page) is var full
            && sources.Any(one => one.Source.List().Files.Any(file => file.Path == full)))
            throw new InputException("--out", $"{page} is read, and cannot be written too: name another file");
    }

    private static void Show(Screen screen, InspectionReport report, string? page)
    {
        foreach (var section in InspectionPage.Create(report, "").Sections.Where(one => one.Samples.Count == 0))
        {
            screen.Out.WriteLine($"{section.Heading}:");
            foreach (var words in section.Paragraphs) screen.Out.WriteLine($"  {words}");
            if (section.Table is { } table)
                DataOutput.WriteTable(screen, table.Columns, table.Rows.Select(row => row.ToArray()),
                    table.TextColumns);
        }
        if (page is not null) screen.Out.WriteLine($"The page: {page}.");
    }
}
