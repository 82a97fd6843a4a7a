using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Cleaning;
using ScalingLab.Data.Quality;
using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data filter</c>: documents by named rules of quality, and what else is found in them.</summary>
internal static class FilterCommand
{
    public static Command Create(Screen screen)
    {
        var text = new TextOptionSet("PATHS", "Files and folders of text");
        var filters = new Option<string[]>("--filter")
        {
            Description = "Remove documents that do not pass these; all filters are counted whatever is given",
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write what passes as JSON lines, FILE.jsonl or FILE.jsonl.gz; only counted unless given",
        };
        var threads = RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
        var json = new Option<bool>("--json") { Description = "Print the report as JSON" };
        var command = new Command("filter", "Count, and remove, documents by named rules of quality")
        {
            filters, output, threads, json,
        };
        text.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            var request = new QualityRequest(text.Bind(parsed), Find(parsed.GetValue(filters) ?? []))
            {
                Out = DataOutput.RequireJsonLines(parsed.GetValue(output)),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var report = await DataOutput.WorkAsync(screen, "measuring documents",
                _ => QualityFiltering.Run(request, stop), stop);
            return DataOutput.Answer(screen, report, report.Notes, parsed.GetValue(json),
                () => Show(screen, report, request.Out));
        });
        return command;
    }

    private static List<QualityFilter> Find(IEnumerable<string> names)
    {
        var (found, problems) = (new List<QualityFilter>(), new List<Problem>());
        List<string> known = [.. QualityFilter.All.Select(filter => filter.Name)];
        foreach (var name in names.SelectMany(name => name.Split(',')).Distinct())
        {
            if (QualityFilter.Find(name) is { } filter) found.Add(filter);
            else problems.Add(new("--filter", $"no filter is called '{name}'{NearestWord.Hint(name, known)}"));
        }
        if (found.Count(filter => filter.IsLanguage) > 1)
            problems.Add(new("--filter", "several languages are given, and a document has one: give one"));
        return problems.Count == 0 ? found : throw new InputException(problems);
    }

    private static void Show(Screen screen, QualityReport report, string? output)
    {
        DataOutput.WriteTable(screen, ["filter", "passes", "documents that do not", "%", "MB", "%"],
            report.Filters.Select(filter => (string[])
            [
                filter.IsApplied ? $"{filter.Name} (removed)" : filter.Name, filter.Rule,
                .. DataOutput.Row("", filter.Failing, report.Read)[1..],
            ]), textColumns: 2);
        DataOutput.WriteTable(screen, ["what", "documents", "%", "MB", "%"],
        [
            DataOutput.Row("read", report.Read, report.Read),
            .. report.Languages.Select(one => DataOutput.Row($"  {one.Language}", one.Count, report.Read)),
            DataOutput.Row("kept", report.Kept, report.Read),
        ]);
        var personal = report.PersonalData;
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"What looks like personal data, in {report.PersonalDataDocuments:N0} documents: {personal.Emails:N0} "
            + $"e-mail addresses, {personal.Phones:N0} telephone numbers, {personal.IpAddresses:N0} IP addresses, "
            + $"{personal.Ibans:N0} IBANs and {personal.Cards:N0} card numbers whose check digits fit. Nothing of "
            + $"it is removed."));
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Profanity ({report.ProfanityList}): {report.Profanities:N0} words in {report.ProfanityDocuments:N0} "
            + $"documents. Nothing of it is removed."));
        if (output is not null)
            screen.Out.WriteLine($"{Quantity.Whole(report.Kept.Documents)} documents written to {output}.");
    }
}
