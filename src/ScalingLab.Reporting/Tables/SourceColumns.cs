using ScalingLab.Reporting.Formats;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// The columns of runs.csv that a source of a mixture has: loss_validation_NAME, bits_per_byte_NAME and epochs_NAME.
/// </summary>
internal static class SourceColumns
{
    private const string Loss = "loss_validation_";
    private const string BitsPerByte = "bits_per_byte_";
    private const string Epochs = "epochs_";

    /// <summary>A source's columns, in order.</summary>
    public static string[] For(string name) => [Loss + name, BitsPerByte + name, Epochs + name];

    /// <summary>The sources that a file has columns of.</summary>
    public static IEnumerable<string> Names(IReadOnlyList<string> header) =>
        header.Where(c => c.StartsWith(Loss, StringComparison.Ordinal)).Select(c => c[Loss.Length..])
        .Where(name => For(name).All(header.Contains));

    /// <summary>The fields of those columns; empty where the run does not say.</summary>
    public static string[] Write(SourceResult? source) =>
        [CsvFields.Text(source?.LossValidation), CsvFields.Text(source?.BitsPerByte), CsvFields.Text(source?.Epochs)];

    /// <summary>What a row says of each source.</summary>
    public static IReadOnlyList<SourceResult> Read(CsvFields fields)
    {
        List<SourceResult> sources =
        [
            .. Names(fields.Header).Where(name => For(name).Any(c => fields.Optional(c) is not null))
                .Select(name =>
                    new SourceResult(name, fields.Double(Loss + name), fields.Double(BitsPerByte + name),
                        fields.Double(Epochs + name))),
        ];
        if (sources.Count == 0) return []; // the one empty list, so that rows without sources are equal
        return sources;
    }
}
