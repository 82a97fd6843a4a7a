using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Data.Cleaning;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data mix</c>: texts put together by weight.</summary>
internal static class MixCommand
{
    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATH=WEIGHT", "Files or folders, each with its share of the bytes: sw.jsonl=0.7");
        var bytes = new Option<string?>("--bytes")
        {
            Description = "Bytes of text of the whole, e.g. 10M; as many as the scarcest text allows unless given",
        };
        var output = new Option<string>("--out")
        {
            Description = "The file of JSON lines, FILE.jsonl or FILE.jsonl.gz", Required = true,
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command("mix", "Put texts together by weight, no text twice") { bytes, output, json };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var parts = Parts(parsed, text);
            var most = parsed.GetValue(bytes) is { } given ? DataOutput.Amount("--bytes", given) : (long?)null;
            var path = DataOutput.RequireJsonLines(parsed.GetRequiredValue(output))!;
            var report = await DataOutput.WorkAsync(screen, "mixing", _ => Mix.Write(parts, most, path, stop), stop);
            return DataOutput.Answer(screen, report, report.Notes, parsed.GetValue(json),
                () => Show(screen, report, path));
        });
        return command;
    }

    private static List<MixPart> Parts(ParseResult parsed, TextOptionSet text)
    {
        var (parts, problems) = (new List<MixPart>(), new List<Problem>());
        foreach (var word in text.Paths(parsed))
        {
            var at = word.LastIndexOf('=');
            if (at > 0 && double.TryParse(word.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture,
                out var weight) && weight > 0 && double.IsFinite(weight))
            {
                if (weight is < 1e-9 or > 1e9) problems.Add(new(word, "a weight from 1e-9 to 1e9 is expected"));
                else parts.Add(new(word[..at], text.Bind(parsed, [word[..at]], word[..at]), weight));
            }
            else problems.Add(new(word, "is no path with a weight above 0; sw.jsonl=0.7 is expected"));
        }
        if (parts.Count + problems.Count == 0) problems.Add(new("PATH=WEIGHT", "names no text; give sw.jsonl=0.7"));
        return problems.Count == 0 ? parts : throw new InputException(problems);
    }

    private static void Show(Screen screen, MixReport report, string output)
    {
        DataOutput.WriteTable(screen, ["documents of", "weight %", "share %", "documents", "MB", "MB there are"],
            report.Parts.Select(part => (string[])
            [
                part.Name, DataOutput.Percent(part.Weight, 1), DataOutput.Percent(part.Share, 1),
                Quantity.Whole(part.Taken.Documents), DataOutput.Megabytes(part.Taken.Bytes),
                DataOutput.Megabytes(part.AvailableBytes),
            ]));
        if (report.Limit is { } scarcest)
            screen.Out.WriteLine($"{scarcest} is used up: more would need a text of it twice.");
        screen.Out.WriteLine($"{Quantity.Whole(report.Parts.Sum(part => part.Taken.Documents))} documents "
            + $"({DataOutput.Megabytes(report.Bytes)} MB) written to {output}.");
    }
}
