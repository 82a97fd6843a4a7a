using System.CommandLine;
using ScalingLab.Cli.Commands.Data;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Duplicates;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Benchmarks;

/// <summary><c>lab bench dedup</c>: how many planted near copies are found, beside what theory expects.</summary>
internal static class BenchDedupCommand
{
    private const int LeastWords = 50;

    private static readonly double[] Rates = [0.05, 0.1, 0.2, 0.4];
    private static readonly double[] Thresholds = [0.5, 0.7, 0.8];
    private static readonly int[] ShingleWords = [5, 2];

    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATHS", "Files and folders of real text");
        var documents = RunOptions.PositiveInteger("--documents", "Documents that get a copy; 1,000 unless given");
        var seed = new Option<int>("--seed") { Description = "Seeds the edits", DefaultValueFactory = _ => 1 };
        var output =
            new Option<string?>("--out")
            { Description = "Write the tables to this Markdown file instead of standard output" };
        var command = new Command("dedup", "Plant edited copies in real text and count how many are found")
        {
            documents, seed, output,
        };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var walk = CorpusText.Read(text.Bind(parsed), stop);
            var (most, seeds) = (parsed.GetValue(documents) ?? 1000, parsed.GetValue(seed));
            var names = string.Join(", ", text.Names(parsed));
            var page = await LongOperation.RunAsync(screen, "planting copies",
                said => DedupPage.Render(Study(walk, most, seeds, said, stop), names, LeastWords, seeds), stop);
            if (parsed.GetValue(output) is { } file) LabHome.WriteOutput("--out", file, page);
            else screen.Out.Write(page);
            return CliHost.Success;
        });
        return command;
    }

    private static List<DuplicateStudyRow> Study(
        IEnumerable<string> texts, int most, int seed, LongOperation said, CancellationToken stop)
    {
        var rows = new List<DuplicateStudyRow>();
        foreach (var words in ShingleWords)
        {
            said.SetStage($"{words}-word shingles");
            var study = new DuplicateStudy(
                [.. DuplicateStudy.WithoutCopies(texts, LeastWords, Thresholds.Min(), words, stop).Take(most)], seed);
            foreach (var rate in Rates)
                rows.AddRange(Thresholds.Select(threshold => study.Run(rate, threshold, words, stop)));
        }
        return rows;
    }
}
