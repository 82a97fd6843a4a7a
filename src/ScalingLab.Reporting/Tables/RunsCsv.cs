using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// runs.csv: one row a run. docs/results-files.md has every column with its unit. Missing is empty, never 0.
/// </summary>
public static class RunsCsv
{
    private static readonly (string Name, Func<RunRow, string> Write)[] BeforeVaried =
    [
        ("run_id", r => r.RunId),
        ("sweep", r => r.Sweep),
        ("state", r => RunLifecycle.NameOf(r.State)),
        ("model", r => r.Model),
        ("layers", r => CsvFields.Text(r.Layers)),
        ("width", r => CsvFields.Text(r.Width)),
        ("heads", r => CsvFields.Text(r.Heads)),
        ("vocabulary", r => CsvFields.Text(r.Vocabulary)),
        ("context", r => CsvFields.Text(r.Context)),
        ("parameters_total", r => CsvFields.Text(r.ParametersTotal)),
        ("parameters_non_embedding", r => CsvFields.Text(r.ParametersNonEmbedding)),
        ("parameters_with_head", r => CsvFields.Text(r.ParametersWithHead)),
        ("tokens", r => CsvFields.Text(r.Tokens)),
        ("epochs", r => CsvFields.Text(r.Epochs)),
        ("flops", r => CsvFields.Text(r.Flops)),
        ("flops_6nd", r => CsvFields.Text(r.Flops6Nd)),
        ("budget_flops", r => CsvFields.Text(r.BudgetFlops)),
        ("loss_validation", r => CsvFields.Text(r.LossValidation)),
        ("bits_per_byte", r => CsvFields.Text(r.BitsPerByte)),
        ("perplexity", r => CsvFields.Text(r.Perplexity)),
        ("seed", r => CsvFields.Text(r.Seed)),
        ("learning_rate", r => CsvFields.Text(r.LearningRate)),
        ("batch_tokens", r => CsvFields.Text(r.BatchTokens)),
        ("precision", r => EnumNames.ToName(r.Precision)),
    ];

    private static readonly (string Name, Func<RunRow, string> Write)[] AfterVaried =
    [
        ("attempts", r => CsvFields.Text(r.Attempts)),
        ("wall_seconds", r => CsvFields.Text(r.WallSeconds)),
        ("tokens_per_second", r => CsvFields.Text(r.TokensPerSecond)),
        ("mfu", r => CsvFields.Text(r.Mfu)),
        ("peak_memory_bytes", r => CsvFields.Text(r.PeakMemoryBytes)),
        ("predicted_peak_bytes", r => CsvFields.Text(r.PredictedPeakBytes)),
        ("micro_batch_tokens", r => CsvFields.Text(r.MicroBatchTokens)),
        ("recompute", r => r.Recompute is { } mode ? EnumNames.ToName(mode) : ""),
        ("device", r => r.Device ?? ""),
        ("energy_joules", r => CsvFields.Text(r.EnergyJoules)),
        ("co2e_grams", r => CsvFields.Text(r.Co2eGrams)),
        ("failure_kind", r => r.FailureKind is { } kind ? EnumNames.ToName(kind) : ""),
        ("flops_per_second", r => CsvFields.Text(r.FlopsPerSecond)),
        ("peak_flops_per_second", r => CsvFields.Text(r.PeakFlopsPerSecond)),
        ("data_wait_share", r => CsvFields.Text(r.DataWaitShare)),
        ("device_utilisation", r => CsvFields.Text(r.DeviceUtilisation)),
        ("power_watts_mean", r => CsvFields.Text(r.PowerWattsMean)),
        ("energy_source", r => r.EnergySource is { } source ? EnumNames.ToName(source) : ""),
        ("grid_intensity", r => r.GridIntensity ?? ""),
        ("loss_spikes", r => CsvFields.Text(r.LossSpikes)),
        ("first_spike_step", r => CsvFields.Text(r.FirstSpikeStep)),
        ("tokens_from_trunk", r => CsvFields.Text(r.TokensFromTrunk)),
        ("loss_unigram", r => CsvFields.Text(r.LossUnigram)),
        ("flags", r => RunDefectNames.Join(r.Flags)),
        ("predicted_seconds", r => CsvFields.Text(r.PredictedSeconds)),
        ("engine", r => r.Engine ?? ""),
        ("gpus", r => CsvFields.Text(r.Gpus)),
        ("entropy_rate", r => CsvFields.Text(r.Entropy?.Rate)),
        ("entropy_rate_lower", r => CsvFields.Text(r.Entropy?.Lower)),
        ("entropy_rate_upper", r => CsvFields.Text(r.Entropy?.Upper)),
        ("loss_ideal", r => CsvFields.Text(r.Entropy?.LossIdeal)),
    ];

    // Columns that files of earlier versions lack: they are read as missing there.
    private static readonly string[] Later =
    [
        "flops_per_second", "peak_flops_per_second", "data_wait_share", "device_utilisation", "power_watts_mean",
            "energy_source", "grid_intensity",
        "loss_spikes", "first_spike_step", "predicted_peak_bytes", "micro_batch_tokens", "recompute",
            "tokens_from_trunk",
        "loss_unigram", "flags", "predicted_seconds", "engine", "gpus",
        "entropy_rate", "entropy_rate_lower", "entropy_rate_upper", "loss_ideal",
    ];

    /// <summary>
    /// The columns that every runs.csv has, in order; the recipe fields that vary, the sources of a mixture, then the
    /// tasks that runs were scored on, stand between "precision" and "attempts".</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. BeforeVaried.Concat(AfterVaried).Select(c => c.Name)];

    /// <summary>
    /// The column of a varied recipe field: its own name, or with "recipe_" before it where a column of that name
    /// stands already.</summary>
    public static string ColumnOf(string field) => Columns.Contains(field) ? $"recipe_{field}" : field;

    /// <summary>What a row has in a column; empty where nothing.</summary>
    internal static string Text(RunRow row, string column) =>
        BeforeVaried.Concat(AfterVaried).FirstOrDefault(c => c.Name == column) is { Write: { } write }
        ? write(row) : row.Varies.FirstOrDefault(v => ColumnOf(v.Field) == column)?.Value
            ?? ScoreColumns.Text(row, column) ?? "";

    /// <summary>The columns that rows have: of recipes that vary and of tasks too.</summary>
    internal static IReadOnlyList<string> ColumnsOf(IReadOnlyList<RunRow> rows) =>
        [.. Columns, .. rows.SelectMany(r => r.Varies).Select(v => ColumnOf(v.Field)).Distinct(),
            .. ScoreColumns.Of(rows)];

    /// <summary>Writes the rows whole or not at all: a temporary file, renamed.</summary>
    public static Task WriteAsync(string path, IReadOnlyList<RunRow> rows, CancellationToken stop = default)
    {
        var varied = rows.SelectMany(r => r.Varies).Select(v => v.Field).Distinct().ToList();
        var sources = rows.SelectMany(r => r.Sources).Select(s => s.Name).Distinct().ToList();
        var scores = ScoreColumns.Of(rows);
        IReadOnlyList<string> columns =
        [
            .. BeforeVaried.Select(c => c.Name), .. varied.Select(ColumnOf), .. sources.SelectMany(SourceColumns.For),
                .. scores, .. AfterVaried.Select(c => c.Name),
        ];
        return CsvRows.WriteAsync(path, columns, rows, row =>
        [
            .. BeforeVaried.Select(c => c.Write(row)),
            .. varied.Select(field => row.Varies.FirstOrDefault(v => v.Field == field)?.Value ?? ""),
            .. sources.SelectMany(name => SourceColumns.Write(row.Sources.FirstOrDefault(s => s.Name == name))),
            .. scores.Select(column => ScoreColumns.Text(row, column) ?? ""),
            .. AfterVaried.Select(c => c.Write(row)),
        ], stop);
    }

    /// <summary>
    /// Reads the rows back. A column that is not one of <see cref="Columns"/> and none of a source or task is a varied
    /// recipe field.</summary>
    /// <exception cref="InputException">Every problem of the file, each with its line and column; what to do with a
    /// folder of exported runs.</exception>
    public static IReadOnlyList<RunRow> Read(string path)
    {
        try
        {
            return CsvFields.ReadAll(path, [.. Columns.Except(Later)], GridExpansion.MaxCells, Row);
        }
        catch (InputException e) when (!InputFile.IsThere(path) && Exported(path) is { Count: > 0 } files)
        {
            throw new InputException(path, $"{e.Problems[0].Text}. The folder has finished runs that 'lab export' "
                + "wrote: 'lab import "
                + $"{string.Join(' ', files)}' takes them into the ledger, and 'lab run GRID' of their grid then "
                    + "writes results without training them");
        }
    }

    private static List<string> Exported(string path) =>
        Path.GetDirectoryName(path) is { Length: > 0 } folder && Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.jsonl.gz").Order(StringComparer.Ordinal)] : [];

    private static RunRow Row(CsvFields f) => new()
    {
        RunId = f.Word("run_id"),
        Sweep = f.Word("sweep"),
        State = f.Enum<RunState>("state"),
        Model = f.Word("model"),
        Layers = f.Int("layers"),
        Width = f.Int("width"),
        Heads = f.Int("heads"),
        Vocabulary = f.Int("vocabulary"),
        Context = f.Int("context"),
        ParametersTotal = f.Long("parameters_total"),
        ParametersNonEmbedding = f.Long("parameters_non_embedding"),
        ParametersWithHead = f.Long("parameters_with_head"),
        Tokens = f.Long("tokens"),
        Epochs = f.OptionalDouble("epochs"),
        Flops = f.Double("flops"),
        Flops6Nd = f.Double("flops_6nd"),
        BudgetFlops = f.OptionalDouble("budget_flops"),
        LossValidation = f.OptionalDouble("loss_validation"),
        BitsPerByte = f.OptionalDouble("bits_per_byte"),
        Perplexity = f.OptionalDouble("perplexity"),
        Seed = f.Int("seed"),
        LearningRate = f.Double("learning_rate"),
        BatchTokens = f.Long("batch_tokens"),
        Precision = f.Enum<Precision>("precision"),
        Varies = Varies(f),
        Sources = SourceColumns.Read(f),
        Scores = ScoreColumns.Read(f),
        Attempts = f.Int("attempts"),
        WallSeconds = f.OptionalDouble("wall_seconds"),
        TokensPerSecond = f.OptionalDouble("tokens_per_second"),
        Mfu = f.OptionalDouble("mfu"),
        PeakMemoryBytes = f.OptionalLong("peak_memory_bytes"),
        PredictedPeakBytes = f.OptionalLong("predicted_peak_bytes"),
        MicroBatchTokens = f.OptionalLong("micro_batch_tokens"),
        Recompute = f.OptionalEnum<RecomputeMode>("recompute"),
        Device = f.Optional("device"),
        EnergyJoules = f.OptionalDouble("energy_joules"),
        Co2eGrams = f.OptionalDouble("co2e_grams"),
        FailureKind = f.OptionalEnum<FailureKind>("failure_kind"),
        FlopsPerSecond = f.OptionalDouble("flops_per_second"),
        PeakFlopsPerSecond = f.OptionalDouble("peak_flops_per_second"),
        DataWaitShare = f.OptionalDouble("data_wait_share"),
        DeviceUtilisation = f.OptionalDouble("device_utilisation"),
        PowerWattsMean = f.OptionalDouble("power_watts_mean"),
        EnergySource = f.OptionalEnum<EnergySource>("energy_source"),
        GridIntensity = f.Optional("grid_intensity"),
        LossSpikes = f.OptionalLong("loss_spikes"),
        FirstSpikeStep = f.OptionalLong("first_spike_step"),
        TokensFromTrunk = f.OptionalLong("tokens_from_trunk"),
        LossUnigram = f.OptionalDouble("loss_unigram"),
        Flags = f.OptionalDefects("flags"),
        PredictedSeconds = f.OptionalDouble("predicted_seconds"),
        Engine = f.Optional("engine"),
        Gpus = f.OptionalLong("gpus"),
        Entropy = Entropy(f),
    };

    private static IReadOnlyList<RecipeChoice> Varies(CsvFields f) =>
        [.. f.Header.Except(Columns).Except(SourceColumns.Names(f.Header).SelectMany(SourceColumns.For))
            .Except(ScoreColumns.In(f.Header))
            .Select(c => (Column: c, Value: f.Optional(c))).Where(c => c.Value is not null)
            .Select(c => new RecipeChoice(FieldOf(c.Column), c.Value!))];

    /// <summary>Without bounds the rate is exact.</summary>
    private static KnownEntropy? Entropy(CsvFields f) => f.OptionalDouble("entropy_rate") is { } rate
        ? new KnownEntropy(rate, f.OptionalDouble("entropy_rate_lower") ?? rate,
            f.OptionalDouble("entropy_rate_upper") ?? rate) { LossIdeal = f.OptionalDouble("loss_ideal") }
        : null;

    private static string FieldOf(string column) =>
        column.StartsWith("recipe_", StringComparison.Ordinal) && Columns.Contains(column["recipe_".Length..])
        ? column["recipe_".Length..]
            : column;
}
