using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Lab.Tokenizers;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>
/// <c>lab data prepare GRID|PATHS [--tokenizer T] [--json]</c>: prepares the text of a grid now, as its sweep would
/// before its first run, or any text.
/// </summary>
internal static class PrepareCommand
{
    private const int DefaultVocabulary = 1024;

    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen, LabHome home)
    {
        var text = new TextOptionSet("GRID|PATHS",
            "A grid's JSON file, and FIELD=VALUE in place of its own; or files and folders of text");
        var tokenizer = new Option<string?>("--tokenizer")
        {
            Description = $"Of PATHS: bytes, {string.Join(", ", BuiltInTokenizers.Names)}, a "
                + $"{TokenizerFiles.HuggingFaceName}, a folder with one, or a rank file with its pattern "
                + "(FILE.tiktoken:gpt2); a byte-pair encoding trained on the text unless given",
        };
        var vocabulary = RunOptions.PositiveInteger("--vocabulary",
            $"Of PATHS: tokens of the byte-pair encoding that is trained; {DefaultVocabulary} unless given");
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var anyPath = GridOptionSet.AllowPathsOption();
        var command =
            new Command("prepare", "Prepare a grid's text, or any text, now: tokenizer, token shards, held-out "
                + "documents; killed, the same command goes on") { tokenizer, vocabulary, json, anyPath };
        text.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            if (text.Paths(parsed) is not [var grid, .. var words] || !IsGrid(grid))
            {
                var asked = TokenizerOf(parsed.GetValue(tokenizer), parsed.GetValue(vocabulary));
                var request = new DataRequest(text.Bind(parsed), asked);
                return RunAsync(screen, string.Join(", ", text.Names(parsed)), parsed.GetValue(json),
                    say => PreparedSweep.PrepareData(say, home, request, stop), stop);
            }

            text.RefuseBesideGrid(parsed, tokenizer, vocabulary);
            var given = new GridRequest(grid, parsed.GetValue(anyPath), words);
            return RunAsync(screen, given.File, parsed.GetValue(json),
                say => PreparedSweep.PrepareData(say, home, given.Read().Data, stop), stop);
        });
        return command;
    }

    private static bool IsGrid(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InputException">There is no such tokenizer, or it has a vocabulary already.</exception>
    private static TokenizerRequest TokenizerOf(string? word, int? vocabulary)
    {
        if (word is null) return new("bpe", vocabulary ?? DefaultVocabulary);
        if (vocabulary is not null)
            throw new InputException("--vocabulary", $"is of a tokenizer that is trained; {word} has its own");
        try
        {
            return TokenizerChoice.Request(word);
        }
        catch (DataException fault)
        {
            throw new InputException([.. fault.Problems.Select(problem => new Problem("--tokenizer", problem))]);
        }
    }

    private static async Task<int> RunAsync(Screen screen, string what, bool json,
        Func<Action<string>, PreparedData> prepare, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var data = await LongOperation.RunAsync(screen, $"preparing {what}", work => prepare(work.WriteLine), stop);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var itself = Process.GetCurrentProcess();
        var peakBytes = itself.PeakWorkingSet64;
        var speed = data.IsNew ? data.Report.Bytes / 1e6 / seconds : (double?)null;
        if (json)
        {
            var document = new
            {
                data.Folder, Prepared = data.IsNew, data.CorpusHash, data.TokenizerHash, data.Vocabulary,
                data.Report.Files, data.Report.Documents, data.Report.Bytes, data.Report.Copies, data.TrainTokens,
                data.UniqueTrainTokens, data.ValidationTokens, Seconds = seconds, MegabytesPerSecond = speed,
                PeakMemoryBytes = peakBytes, data.Report.Notes,
            };
            screen.Out.WriteLine(JsonSerializer.Serialize(document, Json));
            return CliHost.Success;
        }

        Show(screen, data, seconds, speed is { } rate ? (rate, peakBytes) : null);
        return CliHost.Success;
    }

    private static void Show(Screen screen, PreparedData data, double seconds,
        (double Speed, long PeakBytes)? work)
    {
        var table = new Table().Border(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var heading in (string[])["source", "documents", "copies", "bytes", "training tokens",
            "validation tokens"])
            table.AddColumn(new TableColumn(heading).NoWrap());
        foreach (var source in data.Sources)
        {
            double[] numbers = [source.Report.Documents, source.Report.Copies, source.Report.Bytes, source.TrainTokens,
                source.ValidationTokens];
            table.AddRow([source.Name.Length > 0 ? source.Name : "the corpus", .. numbers.Select(Quantity.Whole)]);
        }

        screen.Console.Write(table);
        screen.Out.WriteLine(work is { } done
            ? string.Create(CultureInfo.InvariantCulture, $"Prepared in {seconds:F1} s, {done.Speed:F1} MB/s, peak "
                + $"memory {done.PeakBytes / 1e6:F0} MB: {data.Folder}")
            : $"Found prepared: {data.Folder}");
    }
}
