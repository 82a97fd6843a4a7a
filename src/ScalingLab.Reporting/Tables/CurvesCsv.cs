using ScalingLab.Runs;

namespace ScalingLab.Reporting;

/// <summary>curves.csv: one row a point of a run's curves. Missing is empty, never 0.</summary>
public static class CurvesCsv
{
    /// <summary>The columns, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["run_id", "model", "step", "tokens", "flops", "loss_train", "loss_validation", "learning_rate", "gradient_norm"];

    /// <summary>Writes the rows whole or not at all: a temporary file, renamed.</summary>
    public static Task WriteAsync(string path, IReadOnlyList<CurveRow> rows, CancellationToken stop = default) =>
        WholeFile.WriteAsync(path, text =>
        {
            using var csv = CsvFields.Writer(text);
            foreach (var name in Columns) csv.WriteField(name);
            csv.EndRecord();
            foreach (var row in rows)
            {
                csv.WriteField(row.RunId);
                csv.WriteField(row.Model);
                csv.WriteField(CsvFields.Text(row.Step));
                csv.WriteField(CsvFields.Text(row.Tokens));
                csv.WriteField(CsvFields.Text(row.Flops));
                csv.WriteField(CsvFields.Text(row.LossTrain));
                csv.WriteField(CsvFields.Text(row.LossValidation));
                csv.WriteField(CsvFields.Text(row.LearningRate));
                csv.WriteField(CsvFields.Text(row.GradientNorm));
                csv.EndRecord();
            }
        }, stop);

    /// <summary>Reads the rows back.</summary>
    /// <exception cref="InputException">Every problem of the file, each with its line and column.</exception>
    public static IReadOnlyList<CurveRow> Read(string path) => CsvFields.ReadAll(path, Columns, f => new CurveRow(
        f.Word("run_id"), f.Word("model"), f.Long("step"), f.Long("tokens"), f.Double("flops"),
        f.OptionalDouble("loss_train"), f.OptionalDouble("loss_validation"), f.OptionalDouble("learning_rate"),
            f.OptionalDouble("gradient_norm")));
}
