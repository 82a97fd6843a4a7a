using ScalingLab.Data.Cleaning;
using ScalingLab.Lab.Formatting;
using ScalingLab.Reporting.Texts;
using static System.FormattableString;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>What was found in some text as a page, and as the console has it.</summary>
internal static class InspectionPage
{
    private static readonly string[] Counts = ["documents", "%", "MB", "%"];

    public static TextPage Create(InspectionReport report, string name) => new(
        $"{name}: text",
        Invariant($"{report.Quality.Read.Documents:N0} documents of {report.Quality.Read.Bytes / 1e6:N2} MB, ")
            + Invariant($"{Share(report.Copies.Exact + report.Copies.Near, report)} % of them copies. Of ")
            + Invariant($"{report.HeldOut.Compared:N0} held-out documents {report.HeldOut.Half:N0} stand in the rest ")
            + "for the half or more.",
        [
            Sources(report), Lengths(report), Copies(report), HeldOut(report), Languages(report), Filters(report),
            Personal(report), Samples(report),
        ]);

    private static TextSection Sources(InspectionReport report) => new("Text",
    [
        Invariant($"{report.Files:N0} files, {report.Words:N0} words (letters and digits in a row)."),
    ])
    {
        Table = new(["source", .. Counts],
            [.. report.Sources.Select(one => DataOutput.Row(one.Name, one.Count, report.Quality.Read))]),
    };

    private static TextSection Lengths(InspectionReport report) => new("Lengths",
        [Invariant($"The median document has {report.MedianWords:N0} words.")])
    {
        Chart = new("lengths", "Documents by length", "Documents by their number of words, in steps of two.", "words",
            "documents", [.. report.Lengths.Select(one => (Range(one), (double)one.Documents))]),
        Table = new(["words", "documents", "%"],
            [.. report.Lengths.Select(one => (string[])
                [Range(one), Quantity.Whole(one.Documents), Share(one.Documents, report)])]),
    };

    private static TextSection Copies(InspectionReport report) => new("Copies and repetition",
    [
        Invariant($"Documents that equal an earlier one in all but capitals and white space: {report.Copies.Exact:N0} ")
            + Invariant($"({Share(report.Copies.Exact, report)} %). Others that are near one, by a Jaccard similarity ")
            + Invariant($"of 5-word shingles of {report.Copies.NearThreshold} or more: {report.Copies.Near:N0} ")
            + Invariant($"({Share(report.Copies.Near, report)} %). Groups of copies: {report.Copies.Groups:N0}")
            + (report.Copies.Groups == 0 ? "."
                : Invariant($", the largest of {report.Copies.LargestGroup:N0} documents.")),
        Invariant($"Within documents {100 * report.Repetition.RepeatedLines:F2} % of the letters stand in lines, and ")
            + Invariant($"{100 * report.Repetition.RepeatedRuns:F2} % in runs of ten words, that stood earlier."),
    ]);

    private static TextSection HeldOut(InspectionReport report) => new("Held-out text in the rest",
    [
        Invariant($"With {100 * report.HeldOutShare:G3} % of the documents held out by the hash of their text, ")
            + Invariant($"{report.HeldOut.Touched:N0} of {report.HeldOut.Compared:N0} have a run of 13 words that ")
            + Invariant($"stands in the rest, {report.HeldOut.Half:N0} at least half of their runs, and ")
            + Invariant($"{report.HeldOut.Whole:N0} all; {report.HeldOut.RunsFound:N0} of {report.HeldOut.Runs:N0} ")
            + "runs do.",
    ]);

    private static TextSection Languages(InspectionReport report) => new("Languages",
        ["By stop words of six languages; a document with few of any is unknown."])
    {
        Chart = new("languages", "Documents by language", "Languages by their stop words.", "language", "documents",
            [.. report.Quality.Languages.Select(one => (one.Language, (double)one.Count.Documents))]),
        Table = new(["language", .. Counts],
            [.. report.Quality.Languages.Select(one => DataOutput.Row(one.Language, one.Count, report.Quality.Read))]),
    };

    private static TextSection Filters(InspectionReport report)
    {
        List<FilterCount> filters = [.. report.Quality.Filters.Where(one => !one.Name.StartsWith("language-",
            StringComparison.Ordinal))];
        return new("Quality", ["Documents that would not pass each filter; nothing is removed."])
        {
            Chart = new("quality", "Documents that do not pass",
                "Documents that each filter would remove, whatever the others do.", "filter", "documents (%)",
                [.. filters.Select(one =>
                    (one.Name, 100.0 * one.Failing.Documents / report.Quality.Read.Documents))]),
            Table = new(["filter", "passes", "from", .. Counts],
                [.. filters.Select(one => (string[])
                    [one.Name, one.Rule, one.Source, .. DataOutput.Row("", one.Failing, report.Quality.Read)[1..]])],
                TextColumns: 3),
        };
    }

    private static TextSection Personal(InspectionReport report) => new("What looks like personal data",
    [
        Invariant($"In {report.Quality.PersonalDataDocuments:N0} documents; by form alone, names are not looked for. ")
            + Invariant($"Profanity ({report.Quality.ProfanityList}): {report.Quality.Profanities:N0} words in ")
            + Invariant($"{report.Quality.ProfanityDocuments:N0} documents."),
    ])
    {
        Table = new(["what", "found"],
        [
            ["e-mail addresses", Quantity.Whole(report.Quality.PersonalData.Emails)],
            ["telephone numbers", Quantity.Whole(report.Quality.PersonalData.Phones)],
            ["IP addresses", Quantity.Whole(report.Quality.PersonalData.IpAddresses)],
            ["IBANs, check digits fit", Quantity.Whole(report.Quality.PersonalData.Ibans)],
            ["card numbers, check digit fits", Quantity.Whole(report.Quality.PersonalData.Cards)],
        ]),
    };

    private static TextSection Samples(InspectionReport report) => new("Samples",
        ["The beginnings of some documents, chosen by the hash of name and text."])
    {
        Samples = [.. report.Samples.Select(one => (one.Name, one.Text))],
    };

    private static string Range(LengthCount one) => Invariant($"{one.Least:N0} to {one.Below - 1:N0}");

    private static string Share(long documents, InspectionReport report) =>
        DataOutput.Percent(documents, report.Quality.Read.Documents);
}
