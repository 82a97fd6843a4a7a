using System.Text;
using System.Text.Json;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Attempts;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// Lines between a host and its worker: messages as the supervisor reads them, orders and questions as the worker does.
/// </summary>
internal sealed class MessageFormat : FuzzFormat
{
    private static readonly RunSpec Spec = new()
    {
        Shape = new ModelShape { Layers = 2, Width = 16, Heads = 2, Vocabulary = 257, Context = 32 },
        Data = new DataIdentity("tiny", new string('0', 64), new string('1', 64)),
        Steps = 30,
        Recipe = new TrainingRecipe { BatchSequences = 8, LearningRateMax = 0.02 },
        Seed = 1,
    };

    private static readonly SavedModel Model =
        new() { Spec = Spec, CheckpointFolder = "checkpoints", DataFolder = "data" };

    private static readonly string[] Examples =
    [
        Message(new WorkerMessage.Started(3, "cpu", 1, 8320, "libtorch 2.6", ["step-4.ckpt: it is cut short"])),
        Message(new WorkerMessage.Progress(4, 30, 3.25, 1000)),
        Message(new WorkerMessage.Measured(
            new MetricPoint(5, 1280, 3.5, 3.75, 0.01, 1.5, new IntervalTelemetry { TokensPerSecond = 1000,
            PowerWatts = 30 }))),
        Message(new WorkerMessage.CheckpointSaved(6)),
        Message(new WorkerMessage.Completed(new RunResult
        {
            LossValidation = 3.25, BitsPerByte = 1.25, EvaluationTokens = 4096, Epochs = 0.5, WallSeconds = 12.5,
                TokensPerSecond = 1000,
                Device = "cpu", Threads = 1,
            Sources = [new SourceResult("one", 3.25, 1.25, 0.5)], EnergySource = EnergySource.Rapl,
                GridIntensity = new GridIntensity("Kenya 2023", 96),
            LossUnigram = 5.5, Entropy = new KnownEntropy(3, 2.9, 3.1) { LossIdeal = 3.01 },
                PeakMemoryBytes = 1 << 20, LossSpikes = 1, FirstSpikeStep = 7, TrunkSteps = 2, Mfu = 0.4,
        })),
        Message(new WorkerMessage.Failed(FailureKind.Diverged, "the loss became NaN", 9)),
        RunJson.Serialize(
            new WorkOrder(Spec,
                new WorkerSettings { DataFolder = "data", CheckpointFolder = "checkpoints", TrunkFolder = "trunk",
            TrunkSteps = [10, 20] })),
        RunJson.Serialize(new TextLossRequest(Model, ["text.txt"], 32)),
        RunJson.Serialize(new SampleRequest(Model, "Returns the", 20, 2, 0.8, 0, 0.9, 1)),
    ];

    private static readonly string[] Words =
    [
        "type", "started", "progress", "measured", "checkpoint-saved", "completed", "failed", "kind", "diverged",
            "step", "point", "result", "spec",
        "settings", "shape",
        "recipe", "data", "layers", "steps", "batchSequences", "numericsVersion", "seed", "$type", "$id", "$ref",
            "cuda:0", "points", "telemetry",
    ];

    private readonly JsonMutator _mutator = new(Words);

    public override IReadOnlyList<FuzzInput> Whole =>
        [.. Examples.Select(line => new FuzzInput(".line", Encoding.UTF8.GetBytes(line + "\n")))];

    public override FuzzInput Make(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(_mutator.Mutate(Oddities.Of(random, Examples), random) + "\n");
        return new FuzzInput(".line", random.Next(6) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        var isMessage = ReadMessagesAsync(input.Bytes).GetAwaiter().GetResult();
        return Order<WorkOrder>(input, order => Attempt.Check(order.Spec)) | Order<TextLossRequest>(input)
            | Order<SampleRequest>(input) | isMessage;
    }

    private static async Task<bool> ReadMessagesAsync(byte[] bytes)
    {
        var taken = false;
        try
        {
            await foreach (var (text, cut)
                in BoundedLines.ReadAsync(new MemoryStream(bytes), WorkerProcess.MaxMessageLength,
                    WorkerProcess.EndlessLine))
                taken |= WorkerProcess.Parse(text, cut).Message is not null;
        }
        catch (InvalidDataException)
        {
            // A line without an end: its worker is killed.
        }

        return taken;
    }

    private static bool Order<T>(FuzzInput input, Action<T>? check = null)
    {
        try
        {
            using var text = new StreamReader(new MemoryStream(input.Bytes));
            var order = Worker.Attempts.Order.Read<T>(text);
            check?.Invoke(order);
            return true;
        }
        catch (Exception e) when (e is JsonException or InputException)
        {
            return false; // what a worker ends with "configuration" for
        }
    }

    private static string Message(WorkerMessage message) => RunJson.Serialize(message);
}
