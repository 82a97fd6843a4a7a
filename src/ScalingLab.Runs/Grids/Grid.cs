using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>An experiment as its file states it, checked: which models on how many tokens of what text.</summary>
public sealed record Grid
{
    /// <summary>Name of the sweep; safe as a folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the sweep asks, for the report.</summary>
    public string? Question { get; init; }

    /// <summary>The text.</summary>
    public required GridData Data { get; init; }

    /// <summary>Contexts in tokens; empty: each model's own.</summary>
    public IReadOnlyList<int> Contexts { get; init; } = [];

    /// <summary>The models.</summary>
    public required IReadOnlyList<GridModel> Models { get; init; }

    /// <summary>How long each is trained.</summary>
    public required IReadOnlyList<GridLength> Lengths { get; init; }

    /// <summary>
    /// The recipe's fields that the file gives, each with its values; more than one value makes an axis.
    /// </summary>
    public IReadOnlyList<GridAxis> Recipe { get; init; } = [];

    /// <summary>Folder of the model that runs with a distillWeight learn from; null: there is none.</summary>
    public string? DistillFrom { get; init; }

    /// <summary>What is in that folder, once it has been read.</summary>
    public DistillationTeacher? Teacher { get; init; }

    /// <summary>Folder of the model that runs with a warmStart begin with; null: there is none.</summary>
    public string? StartFrom { get; init; }

    /// <summary>What is in that folder, once it has been read.</summary>
    public StartingModel? Start { get; init; }

    /// <summary>Seeds of each cell.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [1];

    /// <summary>What finished runs are scored on; no part of what the runs are.</summary>
    public IReadOnlyList<RunTask> Evaluate { get; init; } = [];

    /// <summary>Cells to leave out.</summary>
    public IReadOnlyList<GridExclusion> Exclude { get; init; } = [];

    /// <summary>How workers carry the runs out; no part of what the runs are.</summary>
    public GridWorker Worker { get; init; } = new();

    /// <summary>The rule files that the recipe names, by the words that name them.</summary>
    public IReadOnlyDictionary<string, RuleFile> RuleFiles { get; init; } = new Dictionary<string, RuleFile>();

    /// <summary>The same for people: name and content of each.</summary>
    public IReadOnlyList<RuleFileReference> RuleMarks =>
        [.. RuleFiles.Select(r => new RuleFileReference(r.Value.Name, r.Key, r.Value.Hash))];

    /// <summary>The file as plain JSON, without its comments, for the report.</summary>
    public string Json { get; init; } = "";
}

/// <summary>
/// A model by name and its place in the file. The shape's context holds where the grid gives none, its vocabulary is
/// the tokenizer's in the end.
/// </summary>
public sealed record GridModel(string Name, ModelShape Shape, string Path = "models");

/// <summary>In what a length is given.</summary>
public enum GridLengthKind
{
    /// <summary>Training FLOPs, counted exactly with full attention: an IsoFLOP budget.</summary>
    Flops,

    /// <summary>Tokens.</summary>
    Tokens,

    /// <summary>Tokens for each parameter of blocks and head.</summary>
    TokensPerParameter,
}

/// <summary>How long a model is trained, and where the file says so.</summary>
public sealed record GridLength(GridLengthKind Kind, double Value, string Path = "lengths");

/// <summary>A partial match: a cell is left out when each field has one of the values.</summary>
public sealed record GridExclusion(IReadOnlyList<GridAxis> Fields);

/// <summary>What the grid says about carrying runs out; null: the worker's default.</summary>
public sealed record GridWorker
{
    /// <summary>CPU threads of each worker.</summary>
    public int? Threads { get; init; }

    /// <summary>GPUs of one host that train a run together, as far as a node has them.</summary>
    public int? Gpus { get; init; }

    /// <summary>Most tokens in one forward and backward pass.</summary>
    public int? MicroBatchTokens { get; init; }

    /// <summary>microBatchTokens "auto": as many as are predicted to fit.</summary>
    public bool? AutoMicroBatch { get; init; }

    /// <summary>What is recomputed in the backward pass.</summary>
    public RecomputeMode? Recompute { get; init; }

    /// <summary>Memory that a run may take, bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Seconds between checkpoints.</summary>
    public double? CheckpointSeconds { get; init; }

    /// <summary>Points of the training curve.</summary>
    public int? CurvePoints { get; init; }

    /// <summary>Evaluations on the validation set.</summary>
    public int? Evaluations { get; init; }

    /// <summary>CO2-equivalent of the electricity; without it the runs have none.</summary>
    public GridIntensity? GridIntensity { get; init; }

    /// <summary>What the runs cost in money, for plan and report; no worker needs it.</summary>
    public ComputePrice? Price { get; init; }

    /// <summary>The settings with what the grid gives in place of the defaults.</summary>
    public WorkerSettings Over(WorkerSettings settings) => settings with
    {
        Threads = Threads ?? settings.Threads,
        Gpus = Gpus ?? settings.Gpus,
        MicroBatchTokens = MicroBatchTokens ?? settings.MicroBatchTokens,
        AutoMicroBatch = AutoMicroBatch ?? settings.AutoMicroBatch,
        Recompute = Recompute ?? settings.Recompute,
        MemoryBytes = MemoryBytes ?? settings.MemoryBytes,
        CheckpointSeconds = CheckpointSeconds ?? settings.CheckpointSeconds,
        CurvePoints = CurvePoints ?? settings.CurvePoints,
        Evaluations = Evaluations ?? settings.Evaluations,
        GridIntensity = GridIntensity ?? settings.GridIntensity,
    };
}
