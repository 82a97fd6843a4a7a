using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Data.Tokenizers.Training;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Tokenizers;

/// <summary><c>lab tokenizer train FILE... --vocabulary N --out DIR</c>: learns a byte-level BPE.</summary>
internal static class TokenizerTrainCommand
{
    /// <summary>What was asked for.</summary>
    private sealed record Asked(IReadOnlyList<(string File, CorpusSource Source)> Files, TokenizerRequest Tokenizer,
        string Folder, int? Threads);

    public static Command Create(Screen screen)
    {
        var files = new TextFileSet();
        var vocabulary = new Option<int>("--vocabulary")
        {
            Description = "Tokens: 256 bytes, the merges, special tokens and the end of document", Required = true,
        };
        var split = new Option<string>("--pre-split")
        {
            Description = "The pattern that cuts words: gpt2 or gpt4; gpt2 unless given",
            DefaultValueFactory = _ => "gpt2",
        };
        var special = new Option<string[]>("--special")
        {
            Description = "Name of a special token beside the end of document; may be given again",
        };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var output = new Option<string>("--out") { Description = "Folder for the tokenizer's files", Required = true };
        var command = new Command("train", "Train a byte-level byte-pair encoding, and write it as "
            + $"{TokenizerFiles.HuggingFaceName} and as a rank file");
        files.AddTo(command);
        foreach (var option in new Option[] { vocabulary, split, special, threads, output }) command.Add(option);
        command.SetAction(async (parsed, stop) =>
        {
            var names = parsed.GetValue(special) is { Length: > 0 } some ? some : null;
            var asked = new Asked(
                files.Sources(parsed),
                new TokenizerRequest("bpe", parsed.GetValue(vocabulary))
                {
                    PreSplit = parsed.GetValue(split), SpecialTokens = names,
                },
                parsed.GetRequiredValue(output), parsed.GetValue(threads));
            screen.Out.WriteLine(await LongOperation.RunAsync(screen, "training a tokenizer",
                work => Train(work, asked, stop), stop));
            return CliHost.Success;
        });
        return command;
    }

    /// <exception cref="DataException">Every problem of what was asked for and of the files.</exception>
    private static string Train(LongOperation work, Asked asked, CancellationToken stop)
    {
        var trainer = asked.Tokenizer.CreateTrainer(asked.Threads);
        foreach (var name in (string[])[TokenizerFiles.HuggingFaceName, TokenizerFiles.RankName])
            LabHome.RequireNewFile("--out", Path.Combine(asked.Folder, name));
        var began = Stopwatch.GetTimestamp();
        var bytes = 0L;
        foreach (var (file, source) in asked.Files)
        {
            work.SetStage($"counting the words of {file}");
            foreach (var document in source.Read(source.List(), stop).Documents)
            {
                trainer.Add(document.Text);
                bytes += Encoding.UTF8.GetByteCount(document.Text);
            }
        }
        var counted = Stopwatch.GetElapsedTime(began);
        work.SetStage("learning merges");
        var tokenizer = trainer.Train(asked.Tokenizer.Vocabulary, stop);
        TokenizerFiles.Save(tokenizer, asked.Folder);
        var lost = trainer.LostWords == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; {trainer.LostWords:N0} rare words beyond {BpeTrainer.MostWords:N0} did not count");
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"{tokenizer.Vocabulary:N0} tokens from {bytes / 1e6:N1} MB ")
            + string.Create(CultureInfo.InvariantCulture,
                $"in {seconds:N1} s ({counted.TotalSeconds:N1} s of it counting words){lost}"),
            Path.Combine(asked.Folder, TokenizerFiles.HuggingFaceName),
            Path.Combine(asked.Folder, TokenizerFiles.RankName),
            $"SHA-256 {tokenizer.Hash}",
        ];
        return string.Join('\n', lines);
    }
}
