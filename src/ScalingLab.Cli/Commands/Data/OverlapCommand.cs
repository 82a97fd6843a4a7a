using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Overlaps;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data overlap</c>: evaluation text that stands in training text.</summary>
internal static class OverlapCommand
{
    private const int Shown = 10;

    public static Command Create(Screen screen)
    {
        var training = new TextOptionSet("TRAIN", "Files and folders of training text");
        var evaluation = new Option<string[]>("--evaluation")
        {
            Description = "Validation and evaluation sets: files and folders",
            AllowMultipleArgumentsPerToken = true,
        };
        var remove = new Option<OverlapCut>("--remove")
        {
            Description = "What --out leaves out: documents that have a run of 13 words of the evaluation text, or "
                + "passages with 200 letters either side",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write the training text without the overlap as JSON lines, FILE.jsonl or FILE.jsonl.gz",
        };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command("overlap", "Find evaluation text in training text by runs of 13 words")
        {
            evaluation, remove, output, threads, json,
        };
        training.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            if (parsed.GetResult(remove) is { Implicit: false } && parsed.GetValue(output) is null)
                throw new InputException("--remove", "says what --out leaves out; give --out FILE.jsonl too");
            var request = new OverlapRequest(
                training.Bind(parsed), training.Bind(parsed, parsed.GetValue(evaluation) ?? [], "--evaluation"))
            {
                Cut = parsed.GetValue(remove),
                Out = DataOutput.RequireJsonLines(parsed.GetValue(output)),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var report = await DataOutput.WorkAsync(screen, "looking for evaluation text",
                log => OverlapSearch.Run(request, log, stop), stop);
            return DataOutput.Answer(screen, report, report.Notes, parsed.GetValue(json),
                () => Show(screen, report, request.Out));
        });
        return command;
    }

    private static void Show(Screen screen, OverlapReport report, string? output)
    {
        DataOutput.WriteTable(screen,
            ["evaluation text", "documents", "compared", "any run", "%", "half", "all", "runs found", "%"],
            report.Sets.Select(set => (string[])
            [
                set.Name, Quantity.Whole(set.Documents), Quantity.Whole(set.Compared), Quantity.Whole(set.Touched),
                DataOutput.Percent(set.Touched, set.Compared), Quantity.Whole(set.Half), Quantity.Whole(set.Whole),
                Quantity.Whole(set.RunsFound), DataOutput.Percent(set.RunsFound, set.Runs),
            ]));
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A run is {report.Words} words in a row ({report.Normalization}); of a document of 8 to 12 words, all of "
            + $"them. Any run, half, all: documents with so many of their runs in the training text."));
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.MatchingDocuments:N0} of {report.TrainingDocuments:N0} training documents have such a run."));
        foreach (var document in report.Documents.Take(Shown))
        {
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {100 * document.Share:F1} %: {document.Name} in {document.FirstTraining}: ")
                + Excerpt.FirstLine(document.Text));
        }
        if (report.Documents.Count > Shown)
            screen.Out.WriteLine($"  ... and {report.Documents.Count - Shown} more; --json lists them.");
        if (report.Removal is { } removal)
        {
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{removal.Documents:N0} training documents {(removal.Kind == "documents" ? "dropped" : "cut")} "
                + $"({removal.RemovedBytes / 1e6:N2} MB); {removal.WrittenDocuments:N0} documents "
                + $"({removal.WrittenBytes / 1e6:N2} MB) written to {output}."));
        }
    }
}
