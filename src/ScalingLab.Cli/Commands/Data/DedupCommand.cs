using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Duplicates;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data dedup</c>: text without copies, exact or near.</summary>
internal static class DedupCommand
{
    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATHS", "Files and folders of text");
        var near = new Option<double?>("--near")
        {
            Description = "Remove near copies too: Jaccard similarity of word shingles from which they are, e.g. 0.8",
        };
        var words = RunOptions.PositiveInteger("--shingle-words", "Words of a shingle; 5 unless given", most: 100);
        var longest =
            new Option<bool>("--keep-longest") { Description = "Keep the longest of a group instead of the first" };
        var paragraphs =
            new Option<bool>("--paragraphs") { Description = "Take out lines that stood earlier, in any document" };
        var against = new Option<string[]>("--against")
        {
            Description = "Remove what stands in these files too, which are of the same kind",
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var output = new Option<string?>("--out")
        {
            Description = "Write what is kept as JSON lines, FILE.jsonl or FILE.jsonl.gz; only counted unless given",
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command("dedup", "Remove copies: exact, near, and of paragraphs")
        {
            near, words, longest, paragraphs, against, threads, output, json,
        };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var options = new DuplicateOptions
            {
                Near = Threshold(parsed.GetValue(near)),
                ShingleWords = parsed.GetValue(words) ?? 5,
                KeepsLongest = parsed.GetValue(longest),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var request = new DeduplicationRequest(text.Bind(parsed), options)
            {
                Against = parsed.GetValue(against) is { Length: > 0 } files
                    ? text.Bind(parsed, files, "--against") : null,
                Paragraphs = parsed.GetValue(paragraphs),
                Out = DataOutput.RequireJsonLines(parsed.GetValue(output)),
            };
            var report = await DataOutput.WorkAsync(screen, "removing copies",
                log => Deduplication.Run(request, log, stop), stop);
            return DataOutput.Answer(screen, report, report.Notes, parsed.GetValue(json),
                () => Show(screen, report, request.Out));
        });
        return command;
    }

    private static double? Threshold(double? near) => near is null or (> 0 and <= 1) ? near
        : throw new InputException("--near", string.Create(CultureInfo.InvariantCulture,
            $"is {near}; a similarity above 0 and at most 1 is expected, as 0.8 is"));

    private static void Show(Screen screen, DeduplicationReport report, string? output)
    {
        DataOutput.WriteTable(screen, ["what", "documents", "%", "MB", "%"],
        [
            DataOutput.Row("read", report.Read, report.Read),
            DataOutput.Row("exact copies", report.Exact, report.Read),
            DataOutput.Row("near copies", report.Near, report.Read),
            DataOutput.Row("kept", report.Kept, report.Read),
        ]);
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Groups:N0} groups of copies")
            + (report.Groups == 0 ? "." : string.Create(CultureInfo.InvariantCulture,
                $", the largest of {report.LargestGroup:N0} documents; the {report.Settings.Keeps} of each is kept.")));
        if (report.Paragraphs is { } lines)
        {
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Lines of {lines.LeastLetters} letters or more: {lines.Compared:N0}, of which {lines.Removed:N0} "
                + $"stood earlier ({lines.RemovedBytes / 1e6:N2} MB) and were taken out; {lines.Emptied:N0} documents were "
                + $"left empty."));
        }
        screen.Out.WriteLine($"Compared after: {report.Settings.Normalization}.");
        if (report.Settings is { NearThreshold: { } threshold, Bands: { } bands, Rows: { } rows } how)
        {
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Near: Jaccard similarity of {how.ShingleWords}-word shingles of at least {threshold}; MinHash with "
                + $"{how.Permutations} permutations in {bands} bands of {rows}, which compares a pair at the threshold "
                + $"with a probability of {how.ProbabilityAtThreshold:F3}."));
        }
        foreach (var sample in report.Samples)
        {
            var similarity = sample.Similarity is { } s
                ? string.Create(CultureInfo.InvariantCulture, $", {s:F2}") : "";
            var kept = sample.Kept.Length > 0 ? sample.Kept : "reference text";
            screen.Out.WriteLine($"  {sample.Kind}{similarity}: {sample.Removed} = {kept}: "
                + Excerpt.FirstLine(sample.RemovedText));
        }
        if (output is not null)
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Kept.Documents:N0} documents written to {output}."));
    }
}
