using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Data.Cleaning;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data subset</c>: a fair sample of documents, part of every larger one.</summary>
internal static class SubsetCommand
{
    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATHS", "Files and folders of text");
        var documents = new Option<string?>("--documents") { Description = "So many documents" };
        var bytes = new Option<string?>("--bytes") { Description = "At most so many bytes of text, e.g. 10M" };
        var tokens = new Option<string?>("--byte-tokens")
        {
            Description = "At most so many tokens of the tokenizer bytes: bytes, and one a document",
        };
        var output = new Option<string>("--out")
        {
            Description = "The file of JSON lines, FILE.jsonl or FILE.jsonl.gz", Required = true,
        };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command("subset", "Take whole documents by the order of their hashes")
        {
            documents, bytes, tokens, output, json,
        };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            (Option<string?> Option, SubsetUnit Unit)[] units =
                [(documents, SubsetUnit.Documents), (bytes, SubsetUnit.Bytes), (tokens, SubsetUnit.ByteTokens)];
            var given = units.Where(one => parsed.GetValue(one.Option) is not null).ToList();
            if (given.Count != 1)
                throw new InputException("--bytes", "give one of --documents, --bytes and --byte-tokens");
            var request = new SubsetRequest(text.Bind(parsed), given[0].Unit,
                DataOutput.Amount(given[0].Option.Name, parsed.GetValue(given[0].Option)!),
                DataOutput.RequireJsonLines(parsed.GetRequiredValue(output))!);
            var report = await DataOutput.WorkAsync(screen, "taking documents", _ => Subset.Take(request, stop), stop);
            return DataOutput.Answer(screen, report, report.Notes, parsed.GetValue(json),
                () => Show(screen, report, request.Out));
        });
        return command;
    }

    private static void Show(Screen screen, SubsetReport report, string output)
    {
        DataOutput.WriteTable(screen, ["what", "documents", "%", "MB", "%"],
        [
            DataOutput.Row("read", report.Read, report.Read), DataOutput.Row("taken", report.Taken, report.Read),
        ]);
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Size:N0} of {report.Asked:N0} {Subset.Describe(report.Unit)} asked for, in whole documents; ")
            + $"{Quantity.Whole(report.Taken.Documents)} documents written to {output}.");
    }
}
