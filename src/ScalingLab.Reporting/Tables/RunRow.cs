using System.Globalization;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>
/// One run as a row of runs.csv: everything that the fits, the figures and the report are made from. What a run has not
/// (yet) measured is null.
/// </summary>
public sealed record RunRow
{
    internal const string UniqueTokensField = "unique_tokens";

    /// <summary>The run's name: hash of its spec.</summary>
    [RunColumn("run_id")]
    public required string RunId { get; init; }

    /// <summary>The sweep that this row belongs to.</summary>
    [RunColumn("sweep")]
    public required string Sweep { get; init; }

    /// <summary>Where the run stands.</summary>
    [RunColumn("state")]
    public required RunState State { get; init; }

    /// <summary>The model's name in the grid.</summary>
    [RunColumn("model")]
    public required string Model { get; init; }

    /// <summary>Number of blocks.</summary>
    [RunColumn("layers")]
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    [RunColumn("width")]
    public required int Width { get; init; }

    /// <summary>Attention heads.</summary>
    [RunColumn("heads")]
    public required int Heads { get; init; }

    /// <summary>Number of token ids.</summary>
    [RunColumn("vocabulary")]
    public required int Vocabulary { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    [RunColumn("context")]
    public required int Context { get; init; }

    /// <summary>Every trained parameter, the embedding included.</summary>
    [RunColumn("parameters_total")]
    public required long ParametersTotal { get; init; }

    /// <summary>Blocks and norms (Kaplan et al. 2020).</summary>
    [RunColumn("parameters_non_embedding")]
    public required long ParametersNonEmbedding { get; init; }

    /// <summary>Blocks and the output product (Porian et al. 2024): the fits' N.</summary>
    [RunColumn("parameters_with_head")]
    public required long ParametersWithHead { get; init; }

    /// <summary>
    /// Tokens that the run trains on, repeats included; of a run that did not complete, those it was to train on.
    /// </summary>
    [RunColumn("tokens")]
    public required long Tokens { get; init; }

    /// <summary>Passes over the training text that the run could see.</summary>
    [RunColumn("epochs")]
    public double? Epochs { get; init; }

    /// <summary>
    /// Training FLOPs counted from the shape, attention in full, head included; of a run that did not complete, those
    /// planned.</summary>
    [RunColumn("flops")]
    public required double Flops { get; init; }

    /// <summary>6 N D, N with the head.</summary>
    [RunColumn("flops_6nd")]
    public required double Flops6Nd { get; init; }

    /// <summary>
    /// The compute budget of the grid that this run spends; null where the length was given in tokens.
    /// </summary>
    [RunColumn("budget_flops")]
    public double? BudgetFlops { get; init; }

    /// <summary>Loss on the fixed validation set after the last step, nats/token.</summary>
    [RunColumn("loss_validation")]
    public double? LossValidation { get; init; }

    /// <summary>The same loss in bits per byte of validation text.</summary>
    [RunColumn("bits_per_byte")]
    public double? BitsPerByte { get; init; }

    /// <summary>exp(loss).</summary>
    [RunColumn("perplexity")]
    public double? Perplexity { get; init; }

    /// <summary>Seed of initialisation and of the order of the data.</summary>
    [RunColumn("seed")]
    public required int Seed { get; init; }

    /// <summary>Learning rate after warm-up.</summary>
    [RunColumn("learning_rate")]
    public required double LearningRate { get; init; }

    /// <summary>Tokens in one optimizer step.</summary>
    [RunColumn("batch_tokens")]
    public required long BatchTokens { get; init; }

    /// <summary>Number format of weights and activations.</summary>
    [RunColumn("precision", IsLater = true)]
    public required Precision Precision { get; init; }

    /// <summary>Recipe fields that the sweep varies, snake_case, in the grid's order.</summary>
    public IReadOnlyList<RecipeChoice> Varies { get; init; } = [];

    /// <summary>Of a mixture, what the run says of each source; empty for a corpus alone.</summary>
    public IReadOnlyList<SourceResult> Sources { get; init; } = [];

    /// <summary>What its model can do, task by task; empty where it was asked nothing.</summary>
    public IReadOnlyList<TaskScore> Scores { get; init; } = [];

    /// <summary>Attempts begun.</summary>
    [RunColumn("attempts", IsLater = true)]
    public required int Attempts { get; init; }

    /// <summary>Wall time in training and evaluation.</summary>
    [RunColumn("wall_seconds")]
    public double? WallSeconds { get; init; }

    /// <summary>Training tokens a second.</summary>
    [RunColumn("tokens_per_second")]
    public double? TokensPerSecond { get; init; }

    /// <summary>
    /// Model FLOPs utilisation, 0 to 1; more is of a peak that was measured while others had the device, and is left
    /// out.
    /// </summary>
    [RunColumn("mfu")]
    public double? Mfu { get; init => field = value > 1 ? null : value; }

    /// <summary>Largest memory of the device or process.</summary>
    [RunColumn("peak_memory_bytes")]
    public long? PeakMemoryBytes { get; init; }

    /// <summary>The peak that was predicted.</summary>
    [RunColumn("predicted_peak_bytes", IsLater = true)]
    public long? PredictedPeakBytes { get; init; }

    /// <summary>Tokens in one forward and backward pass.</summary>
    [RunColumn("micro_batch_tokens", IsLater = true)]
    public long? MicroBatchTokens { get; init; }

    /// <summary>What was recomputed in the backward pass.</summary>
    [RunColumn("recompute", IsLater = true)]
    public RecomputeMode? Recompute { get; init; }

    /// <summary>What the run ran on.</summary>
    [RunColumn("device")]
    public string? Device { get; init; }

    /// <summary>Energy drawn.</summary>
    [RunColumn("energy_joules")]
    public double? EnergyJoules { get; init; }

    /// <summary>Grams of CO2-equivalent, from the energy and a stated carbon intensity.</summary>
    [RunColumn("co2e_grams")]
    public double? Co2eGrams { get; init; }

    /// <summary>Why the last attempt ended badly.</summary>
    [RunColumn("failure_kind")]
    public FailureKind? FailureKind { get; init; }

    /// <summary>Exact FLOPs a second of time in training steps.</summary>
    [RunColumn("flops_per_second", IsLater = true)]
    public double? FlopsPerSecond { get; init; }

    /// <summary>What <see cref="Mfu"/> is a share of.</summary>
    [RunColumn("peak_flops_per_second", IsLater = true)]
    public double? PeakFlopsPerSecond { get; init; }

    /// <summary>Share of the time in training steps in which the host waited for batches.</summary>
    [RunColumn("data_wait_share", IsLater = true)]
    public double? DataWaitShare { get; init; }

    /// <summary>Share of the time in which the device was busy.</summary>
    [RunColumn("device_utilisation", IsLater = true)]
    public double? DeviceUtilisation { get; init; }

    /// <summary>Mean power, watts.</summary>
    [RunColumn("power_watts_mean", IsLater = true)]
    public double? PowerWattsMean { get; init; }

    /// <summary>How the energy was found.</summary>
    [RunColumn("energy_source", IsLater = true)]
    public EnergySource? EnergySource { get; init; }

    /// <summary>The name of that intensity, in the words of the grid.</summary>
    [RunColumn("grid_intensity", IsLater = true)]
    public string? GridIntensity { get; init; }

    /// <summary>Times that the training loss leapt out of its noise.</summary>
    [RunColumn("loss_spikes", IsLater = true)]
    public long? LossSpikes { get; init; }

    /// <summary>Step of the first of them.</summary>
    [RunColumn("first_spike_step", IsLater = true)]
    public long? FirstSpikeStep { get; init; }

    /// <summary>
    /// Of <see cref="Tokens"/>, those that another run of the same trunk trained on; null where the run was trained
    /// whole.
    /// </summary>
    [RunColumn("tokens_from_trunk", IsLater = true)]
    public long? TokensFromTrunk { get; init; }

    /// <summary>
    /// Loss on the same validation set of knowing only how often each token occurs in the training text, nats/token.
    /// </summary>
    [RunColumn("loss_unigram", IsLater = true)]
    public double? LossUnigram { get; init; }

    /// <summary>
    /// What is wrong with the run; a function of all rows and their curves (<see cref="RunVerdicts"/>).
    /// </summary>
    [RunColumn("flags", IsLater = true)]
    public RunDefects Flags { get; init; }

    /// <summary>
    /// What the plan predicted of <see cref="WallSeconds"/> from the runs that had finished before this one began.
    /// </summary>
    [RunColumn("predicted_seconds", IsLater = true)]
    public double? PredictedSeconds { get; init; }

    /// <summary>What computed it, as in <see cref="RunResult.Engine"/>.</summary>
    [RunColumn("engine", IsLater = true)]
    public string? Engine { get; init; }

    /// <summary>GPUs, or processes, that trained it together; null where one did.</summary>
    [RunColumn("gpus", IsLater = true)]
    public long? Gpus { get; init; }

    /// <summary>The true entropy of the tokens, where the source is known, nats/token.</summary>
    [RunColumn("entropy_rate", IsLater = true)]
    public double? EntropyRate { get; init; }

    /// <summary>Lower bound of <see cref="EntropyRate"/>; the rate itself where it is exact.</summary>
    [RunColumn("entropy_rate_lower", IsLater = true)]
    public double? EntropyRateLower { get; init; }

    /// <summary>Upper bound, likewise.</summary>
    [RunColumn("entropy_rate_upper", IsLater = true)]
    public double? EntropyRateUpper { get; init; }

    /// <summary>What the predictor that knows the source scores on the same validation set, nats/token.</summary>
    [RunColumn("loss_ideal", IsLater = true)]
    public double? LossIdeal { get; init; }

    /// <summary>Time for which devices were held, those that trained together added up.</summary>
    public double? DeviceSeconds => WallSeconds * (Gpus ?? 1);

    /// <summary>FLOPs that this run spent itself.</summary>
    public double FlopsTrained => Flops * (1 - ((TokensFromTrunk ?? 0) / (double)Tokens));

    /// <summary>Rate, bounds and ideal loss together; null where the source is not known.</summary>
    public KnownEntropy? Entropy => EntropyRate is { } rate
        ? new KnownEntropy(rate, EntropyRateLower ?? rate, EntropyRateUpper ?? rate) { LossIdeal = LossIdeal } : null;

    /// <summary>
    /// The varied recipe in words, e.g. "positions=learned, warmup_fraction=0.1"; empty where nothing varies.
    /// </summary>
    public string Variant => VariantWithout(null);

    /// <summary>
    /// Unique training tokens that the run could see, where the sweep limits them: an axis like those of the recipe.
    /// </summary>
    public double? UniqueTokens => Varies.FirstOrDefault(v => v.Field == UniqueTokensField) is { } given
        && double.TryParse(given.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var tokens) ? tokens
        : null;

    /// <summary>
    /// The recipe without the number of unique tokens: runs that the data-constrained law sees together.
    /// </summary>
    internal string VariantOfAnyText => VariantWithout(UniqueTokensField);

    /// <summary>The varied recipe in words, one field left out.</summary>
    internal string VariantWithout(string? field) =>
        string.Join(", ", Varies.Where(v => v.Field != field).Select(v => $"{v.Field}={v.Value}"));

    /// <summary>The row of <paramref name="record"/>.</summary>
    /// <param name="sweep">The sweep's name.</param>
    /// <param name="record">The run.</param>
    /// <param name="carbonGramsPerKilowattHour">
    /// Carbon intensity of the electricity, where the run has none of its own; without either the CO2-equivalent stays
    /// missing.
    /// </param>
    public static RunRow From(string sweep, RunRecord record, double? carbonGramsPerKilowattHour = null)
    {
        var (spec, isCompleted) = (record.Cell.Spec, record.State == RunState.Completed);
        var parameters = ParameterCount.For(spec.Shape);
        var row = new RunRow
        {
            RunId = spec.Id.Value,
            Sweep = sweep,
            State = record.State,
            Model = record.Cell.Model,
            Layers = spec.Shape.Layers,
            Width = spec.Shape.Width,
            Heads = spec.Shape.Heads,
            Vocabulary = spec.Shape.Vocabulary,
            Context = spec.Shape.Context,
            ParametersTotal = parameters.Total,
            ParametersNonEmbedding = parameters.NonEmbedding,
            ParametersWithHead = parameters.WithHead,
            Tokens = spec.Tokens,
            Flops = spec.Flops,
            Flops6Nd = FlopCount.SixND(spec.Shape, spec.Tokens),
            BudgetFlops = record.Cell.BudgetFlops,
            Seed = spec.Seed,
            LearningRate = spec.Recipe.LearningRateMax,
            BatchTokens = spec.BatchTokens,
            Precision = spec.Recipe.Precision,
            Varies = [.. record.Cell.Varies.Select(v => new RecipeChoice(SnakeCase(v.Field), v.Value))],
            Attempts = record.Attempts,
            FailureKind = isCompleted ? null : record.Failure,
        };
        return isCompleted && record.Result is { } result
            ? row.WithResult(result, record, carbonGramsPerKilowattHour) : row;
    }

    private RunRow WithResult(RunResult result, RunRecord record, double? carbonGramsPerKilowattHour) => this with
    {
        Epochs = result.Epochs,
        LossValidation = result.LossValidation,
        BitsPerByte = result.BitsPerByte,
        Perplexity = result.Perplexity,
        Sources = result.Sources ?? [],
        Scores = result.Scores ?? [],
        WallSeconds = result.WallSeconds,
        PredictedSeconds = record.PredictedSeconds,
        TokensPerSecond = result.TokensPerSecond,
        FlopsPerSecond = result.TokensPerSecond * (Flops / Tokens),
        Mfu = result.Mfu,
        PeakFlopsPerSecond = result.PeakFlopsPerSecond,
        DataWaitShare = result.DataWaitShare,
        DeviceUtilisation = result.DeviceUtilisation,
        PeakMemoryBytes = result.PeakMemoryBytes,
        PredictedPeakBytes = result.PredictedPeakBytes,
        MicroBatchTokens = result.MicroBatchTokens,
        Recompute = result.Recompute,
        Device = result.Device,
        Engine = result.Engine,
        Gpus = result.Gpus,
        EnergyJoules = result.EnergyJoules,
        EnergySource = result.EnergySource,
        PowerWattsMean = result.PowerWattsMean,
        Co2eGrams = result.EnergyJoules is { } joules
            && (result.GridIntensity?.GramsPerKwh ?? carbonGramsPerKilowattHour) is { } gramsPerKwh
            ? new GridIntensity("", gramsPerKwh).Grams(joules) : null,
        GridIntensity = result.GridIntensity?.Name,
        LossSpikes = result.LossSpikes,
        FirstSpikeStep = result.FirstSpikeStep,
        TokensFromTrunk = result.TrunkSteps is { } steps ? record.Cell.Spec.TokensAfter(steps) : null,
        LossUnigram = result.LossUnigram,
        EntropyRate = result.Entropy?.Rate,
        EntropyRateLower = result.Entropy?.Lower,
        EntropyRateUpper = result.Entropy?.Upper,
        LossIdeal = result.Entropy?.LossIdeal,
    };

    /// <summary>learningRateMax -> learning_rate_max.</summary>
    internal static string SnakeCase(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
