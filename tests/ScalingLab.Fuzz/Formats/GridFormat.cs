using System.Text;
using ScalingLab.Cli.Views;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Fuzz.Formats;

/// <summary>A grid, read and planned as <c>lab plan</c> does once the text is prepared.</summary>
internal sealed class GridFormat : FuzzFormat
{
    private const int Vocabulary = 1024;
    private const long TrainTokens = 3_000_000;

    private static readonly DeviceSheet Card = DeviceTable.Find("rtx3060")!;

    private static readonly string[] Examples =
    [
        """
        { "$schema": "../grid.schema.json", "name": "small", "models": ["micro-28k", "micro-63k"], "lengths": [{ "flops": 1e11 }] }
        """,
        """
        { "name": "all-fields", "question": "Do rotary positions beat learned ones?",
          "data": { "corpus": "text", "paths": ["text.txt"], "tokenizer": { "kind": "bpe", "vocabulary": 1024 }, "heldOut": 0.1,
          "uniqueTokens": [100000, 1000000], "packing": ["concatenate", "best-fit"] },
          "context": [64, 128],
          "models": ["micro-28k", { "layers": 4, "width": 96, "heads": 6 }, { "layers": 2, "width": 32, "heads": 2, "name": "little" }],
          "lengths": [{ "flops": 1e12 }, { "tokens": 5e6 }, { "tokensPerParameter": 20 }],
          "recipe": { "positions": ["rotary", "learned"], "mlp": "swiglu", "optimizer": ["adamw", "lion"], "learningRateScale": [0.5, 1, 2],
          "schedule": "cosine",
                      "precision": "fp32", "warmup": 0.02, "beta1": 0.9 },
          "seeds": [1, 2, 3],
          "exclude": [{ "model": "little", "flops": 1e12 }, { "positions": "learned", "seed": 2 }],
          "evaluate": [{ "task": "text.txt", "limit": 5, "name": "one" }, { "generate": 3, "promptTokens": 8, "tokens": 4 }],
          "worker": { "threads": 1, "microBatchTokens": "auto", "recompute": "block", "memoryBytes": 1000000000, "checkpointSeconds": 30, "curvePoints": 100,
                      "evaluations": 5, "gridIntensity": { "name": "Kenya 2023", "gramsPerKwh": 96 },
                      "price": { "name": "list price", "currency": "EUR", "perDeviceHour": 2.5, "perKwh": 0.31 } } }
        """,
        """
        { "name": "mixture", "data": { "sources": [
            { "name": "one", "corpus": "text", "paths": ["text.txt"], "weight": 0.7 },
            { "name": "two", "corpus": "jsonl", "paths": "records.jsonl", "field": "text", "weight": 0.3 }], "tokenizer": { "kind": "bytes" } },
          "models": ["micro-154k", "23m"], "lengths": [{ "tokens": 1e6 }, { "tokens": 2e6 }], "seeds": 2,
          "recipe": { "sizeRule": ["rule.json", "porian"], "schedule": "wsd", "cooldownFraction": 0.2 } }
        """,
        """
        { "name": "known", "data": { "corpus": "teacher", "uniqueTokens": 100000, "teacher": { "kind": "text", "vocabulary": 512, "seed": 2,
            "exponent": 1.1, "order": 2, "backoff": 0.3, "copyProbability": 0.1, "copyLength": 8 } },
          "models": ["micro-28k"], "lengths": [{ "tokens": 1e6 }] }
        """,
        """
        { "name": "sentences", "data": { "corpus": "teacher", "teacher": { "kind": "grammar", "vocabulary": 64, "nonterminals": 8, "rules": 5 } },
          "models": ["micro-28k"], "lengths": [{ "tokens": 1e6 }] }
        """,
    ];

    private static readonly string[] Words =
    [
        "$schema", "name", "question", "data", "context", "models", "lengths", "recipe", "seeds", "exclude", "worker",
            "corpus", "paths", "field",
        "column", "sources", "teacher", "zipf-ngram", "copying", "grammar", "order", "exponent", "backoff",
            "copyProbability", "copyLength", "nonterminals", "rules",
        "tokenizer", "kind", "vocabulary", "heldOut", "uniqueTokens", "packing", "weight", "layers", "width", "heads",
            "flops", "tokens", "tokensPerParameter",
        "model", "seed",
        "threads", "microBatchTokens", "recompute", "memoryBytes", "checkpointSeconds", "curvePoints", "evaluations",
            "gridIntensity", "gramsPerKwh",
        "price", "currency", "perDeviceHour", "perKwh",
        "auto", "block",
        "text.txt", "rule.json", "bpe", "bytes", "jsonl", "csv", "dotnet-docs", "164m", "gpt2-small", "pythia-70m",
        "positions", "mlp", "optimizer", "learningRate", "learningRateScale", "schedule", "precision", "warmup",
            "warmupTokens", "cooldown",
        "cooldownFraction",
        "sizeRule", "batchTokens", "batchScale", "weightDecay", "weightDecayTimescale", "head", "parametrisation",
            "beta1", "beta2", "gradientClip", "qkNorm",
        "batchWarmup", "cycle", "distinctLayers", "headsPerGroup", "evaluationTokens", "rotary", "learned", "swiglu",
            "wsd", "cosine", "muon",
        "bf16", "fp8-head",
        "mup", "tied",
    ];

    private readonly JsonMutator _mutator = new(Words);

    public GridFormat(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "text.txt"), "a text");
        File.WriteAllText(Path.Combine(folder, "records.jsonl"), """{ "text": "a text" }""");
        File.WriteAllText(Path.Combine(folder, "rule.json"), """
            { "name": "mine", "laws": { "learningRate": { "coefficient": 0.5, "parameters": -0.4, "tokens": 0.1 } } }
            """);
    }

    public override IReadOnlyList<FuzzInput> Whole =>
        [.. Examples.Select(text => new FuzzInput(".json", Encoding.UTF8.GetBytes(text)))];

    public override FuzzInput Make(Random random)
    {
        var text = _mutator.Mutate(Oddities.Of(random, Examples), random);
        var bytes = Encoding.UTF8.GetBytes(text);
        return new FuzzInput(".json", random.Next(8) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        try
        {
            var grid = new GridRequest(file, AnyPath: false, []).Read();
            var identity = GridCorpus.Identity(grid.Data, new string('0', 64), new string('1', 64));
            var sweep = GridExpansion.Expand(grid, identity, grid.Data.Vocabulary ?? Vocabulary);
            var plan =
                Plan.Create(sweep, TrainTokens, grid.Data.Sources.Count == 0 ? null
                    : grid.Data.Sources.ToDictionary(s => s.Name, _ => TrainTokens));
            var forecaster = new RunForecaster(new PlanDevice(Card, "cuda", 1, Card.MemoryBytes), grid.Worker, 1)
            {
                Price = grid.Worker.Price,
            };
            PlanView.Show(Quiet.Screen(), plan, PlanForecast.Create(plan, sweep, forecaster, TimeBasis.None,
                new PlanStart(DateTimeOffset.UnixEpoch, 1)), "fused");
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
