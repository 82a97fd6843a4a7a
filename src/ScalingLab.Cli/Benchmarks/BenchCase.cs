using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>A model and a batch whose steps are timed.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Sequences">Sequences in a batch.</param>
internal sealed record BenchCase(string Name, ModelShape Shape, int Sequences)
{
    /// <summary>Fields of the recipe that are not the default, as FIELD=VALUE.</summary>
    public IReadOnlyList<string> Recipe { get; init; } = [];

    /// <summary>A run that is only timed.</summary>
    public RunSpec Spec(Precision precision, int steps)
    {
        var (shape, recipe) = RecipeArguments.Apply(Shape, Sequences, steps, Recipe, "--recipe");
        return new RunSpec
        {
            Shape = shape, Data = new DataIdentity("random tokens", "", ""), Steps = steps,
                Recipe = recipe with { Precision = precision }, Seed = 1,
        };
    }
}

/// <summary>The options that say what is timed, the same for speed and memory.</summary>
internal sealed class BenchOptionSet
{
    private readonly Option<string[]> _models = new("--model")
    {
        Description =
            "Presets or shapes (layers x width, as 12x768, or with heads 12x768x6) instead of the usual ones",
            AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _vocabulary =
        new("--vocabulary") { Description = "Vocabulary of --model", DefaultValueFactory = _ => 32_768 };

    private readonly Option<int?> _context =
        RunOptions.PositiveInteger("--context", "Context of --model; the preset's own unless given");

    private readonly Option<int[]> _sequences = new("--sequences")
    {
        Description = "Sequences in a batch of --model; several are several cases",
            AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _recipe = new("--recipe")
    {
        Description = "Fields of a grid's recipe: head=tied mlp=swiglu optimizer=lion ...",
            AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _precisions = new Option<string[]>("--precision")
    {
        Description = "fp32, bf16, fp8-head or, on a GPU, fp16; several are several cases; fp32 and bf16 unless given",
        AllowMultipleArgumentsPerToken = true,
    }.AcceptOnlyFromAmong([.. EnumNames.All<Precision>()]);

    private readonly Option<CudaStepMode> _path =
        new("--path")
        { Description = "On a GPU: graph, fused or composite", DefaultValueFactory = _ => CudaStepMode.Graph };
    private readonly Option<long?> _limit =
        new("--memory-bytes") { Description = "On a GPU: the most that libtorch may take, as a smaller card would" };
    private readonly Option<int?> _microBatch =
        RunOptions.PositiveInteger("--micro-batch",
            "Tokens in one forward and backward pass; the whole batch unless given");
    private readonly Option<int?> _threads =
        RunOptions.PositiveInteger("--threads", "CPU threads; as many as cores unless given");
    private readonly Option<string> _device = RunOptions.DeviceOption();

    public IEnumerable<Option> All =>
        [_models, _vocabulary, _context, _sequences, _recipe, _precisions, _path, _limit, _microBatch, _threads,
            _device];

    public IReadOnlyList<Precision> Precisions(ParseResult parsed) =>
        parsed.GetValue(_precisions) is { Length: > 0 } words
        ? [.. words.Select(word => EnumNames.Find<Precision>(word)!.Value)]
        : [Precision.Fp32, Precision.Bf16];

    public WorkerSettings Settings(ParseResult parsed, LabHome home) => new()
    {
        DataFolder = "",
        CheckpointFolder = "",
        Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        Device = parsed.GetValue(_device)!,
        Cuda = parsed.GetValue(_path),
        MemoryBytes = parsed.GetValue(_limit),
        MicroBatchTokens = parsed.GetValue(_microBatch) ?? int.MaxValue,
        PeaksFile = home.PeaksFile,
    };

    /// <summary>The models that were named, or the usual ones.</summary>
    /// <exception cref="InputException">Models, batches or fields that are none: all of them.</exception>
    public IReadOnlyList<BenchCase> Cases(ParseResult parsed, IReadOnlyList<BenchCase> usual, int usualSequences)
    {
        var problems = new List<Problem>();
        var recipe = parsed.GetValue(_recipe) ?? [];
        var sequences = parsed.GetValue(_sequences) is { Length: > 0 } given ? given : [usualSequences];
        problems.AddRange(sequences.Where(s => s < 1).Select(s => new Problem("--sequences", $"is {Quantity.Whole(s)}; "
            + "at least 1 is expected")));
        var names = parsed.GetValue(_models) ?? [];
        var presets = names.Select(name => Model(name, problems)).OfType<ModelPreset>().ToList();
        List<BenchCase> cases = names.Length == 0
            ? [.. usual.Select(c => c with { Recipe = recipe })]
            : [.. from preset in presets from count in sequences
                  select new BenchCase(preset.Name,
                      preset.Shape(parsed.GetValue(_vocabulary), parsed.GetValue(_context)),
                      count) { Recipe = recipe }];
        problems.AddRange((cases.Count > 0 ? cases : [usual[0] with { Recipe = recipe }]).SelectMany(Problems));
        return problems.Count == 0 ? cases : throw new InputException([.. problems.Distinct()]);
    }

    private static IEnumerable<Problem> Problems(BenchCase one)
    {
        var shape = one.Shape.Problems().Select(p => new Problem($"--{p.Field}", p.Problem)).ToList();
        if (shape.Count > 0) return shape;
        try
        {
            one.Spec(Precision.Fp32, 1);
            return [];
        }
        catch (InputException e)
        {
            return e.Problems;
        }
    }

    private static ModelPreset? Model(string name, List<Problem> problems)
    {
        if (ModelPresets.Find(name) is { } preset) return preset;
        var numbers = name.Split('x')
            .Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0)
            .ToList();
        if (numbers is [> 0, > 0] or [> 0, > 0, > 0])
            return new ModelPreset(name, numbers[0], numbers[1], numbers.Count == 3 ? numbers[2]
                : Math.Max(1, numbers[1] / 64), 1024);
        problems.Add(new Problem("--model", $"'{name}' is neither LAYERSxWIDTH nor a preset: "
            + $"{string.Join(", ", ModelPresets.All.Select(p => p.Name))}"));
        return null;
    }
}
