using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Datasets;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>
/// <c>lab data prepare GRID [--json]</c>: prepares the text of a grid now, as its sweep would before its first run.
/// </summary>
internal static class PrepareCommand
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options) { WriteIndented = true };

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = new GridOptionSet();
        var json = new Option<bool>("--json") { Description = "JSON on standard output instead of a table" };
        var command =
            new Command("prepare", "Prepare a grid's text now: tokenizer, token shards, held-out documents; killed, "
                + "the same command goes on") { json };
        grid.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(screen, home, grid.Bind(parsed), parsed.GetValue(json), stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, GridRequest given, bool json,
        CancellationToken stop)
    {
        using var memory = new MemoryPeak();
        var began = Stopwatch.GetTimestamp();
        var data = await LongOperation.RunAsync(screen, $"preparing {given.File}", work =>
            PreparedSweep.PrepareData(work.WriteLine, home, given.Read().Data, stop), stop);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var speed = data.IsNew ? data.Report.Bytes / 1e6 / seconds : (double?)null;
        if (json)
        {
            var document = new
            {
                data.Folder, Prepared = data.IsNew, data.CorpusHash, data.TokenizerHash, data.Vocabulary,
                data.Report.Files, data.Report.Documents, data.Report.Bytes, data.Report.Copies, data.TrainTokens,
                data.UniqueTrainTokens, data.ValidationTokens, Seconds = seconds, MegabytesPerSecond = speed,
                PeakMemoryBytes = memory.Bytes, data.Report.Notes,
            };
            screen.Out.WriteLine(JsonSerializer.Serialize(document, Json));
            return CliHost.Success;
        }

        Show(screen, data, seconds, speed is { } rate ? (rate, memory.Bytes) : null);
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
