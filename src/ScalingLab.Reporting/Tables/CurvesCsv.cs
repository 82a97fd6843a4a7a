using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>curves.csv: one row a point of a run's curves. Missing is empty, never 0.</summary>
public static class CurvesCsv
{
    private static readonly string[] Training =
        ["run_id", "model", "step", "tokens", "flops", "loss_train", "loss_validation", "learning_rate",
            "gradient_norm"];

    private const int MostRows = 10_000_000;

    // A file from before these columns is read as one in which nothing of it was measured.
    private static readonly (string Name, Func<IntervalTelemetry, string> Write)[] Machine =
    [
        ("tokens_per_second", t => CsvFields.Text(t.TokensPerSecond)),
        ("flops_per_second", t => CsvFields.Text(t.FlopsPerSecond)),
        ("mfu", t => CsvFields.Text(t.Mfu)),
        ("data_wait_share", t => CsvFields.Text(t.DataWaitShare)),
        ("device_utilisation", t => CsvFields.Text(t.DeviceUtilisation)),
        ("power_watts", t => CsvFields.Text(t.PowerWatts)),
        ("energy_joules", t => CsvFields.Text(t.EnergyJoules)),
        ("peak_memory_bytes", t => CsvFields.Text(t.PeakMemoryBytes)),
    ];

    /// <summary>The columns, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. Training, .. Machine.Select(c => c.Name)];

    /// <summary>Writes the rows whole or not at all: a temporary file, renamed.</summary>
    public static Task WriteAsync(string path, IReadOnlyList<CurveRow> rows, CancellationToken stop = default) =>
        CsvRows.WriteAsync(path, Columns, rows, row =>
        [
            row.RunId, row.Model, CsvFields.Text(row.Step), CsvFields.Text(row.Tokens), CsvFields.Text(row.Flops),
                CsvFields.Text(row.LossTrain),
            CsvFields.Text(row.LossValidation), CsvFields.Text(row.LearningRate), CsvFields.Text(row.GradientNorm),
            .. Machine.Select(column => row.Telemetry is { } telemetry ? column.Write(telemetry) : ""),
        ], stop);

    /// <summary>Reads the rows back.</summary>
    /// <exception cref="InputException">Every problem of the file, each with its line and column.</exception>
    public static IReadOnlyList<CurveRow> Read(string path)
    {
        // Each of a million points names its run: one text of a run is kept for all of them.
        var words = new Dictionary<string, string>();
        string Once(string word) => words.TryGetValue(word, out var kept) ? kept : words[word] = word;
        return CsvFields.ReadAll(path, Training, MostRows, f => new CurveRow(
            Once(f.Word("run_id")), Once(f.Word("model")), f.Long("step"), f.Long("tokens"), f.Double("flops"),
            f.OptionalDouble("loss_train"), f.OptionalDouble("loss_validation"), f.OptionalDouble("learning_rate"),
            f.OptionalDouble("gradient_norm"))
        {
            Telemetry = Telemetry(f),
        });
    }

    private static IntervalTelemetry? Telemetry(CsvFields f)
    {
        var telemetry = new IntervalTelemetry
        {
            TokensPerSecond = f.OptionalDouble("tokens_per_second"),
            FlopsPerSecond = f.OptionalDouble("flops_per_second"),
            Mfu = f.OptionalDouble("mfu"),
            DataWaitShare = f.OptionalDouble("data_wait_share"),
            DeviceUtilisation = f.OptionalDouble("device_utilisation"),
            PowerWatts = f.OptionalDouble("power_watts"),
            EnergyJoules = f.OptionalDouble("energy_joules"),
            PeakMemoryBytes = f.OptionalLong("peak_memory_bytes"),
        };
        return telemetry == new IntervalTelemetry() ? null : telemetry;
    }
}
