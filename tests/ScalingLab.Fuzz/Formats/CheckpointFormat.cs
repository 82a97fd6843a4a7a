using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Telemetry;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// The newest of two checkpoints, read as a run that goes on reads it: taken whole, or passed over for the one before.
/// </summary>
internal sealed class CheckpointFormat : FuzzFormat
{
    private const string Run = "run";
    private const int HeaderStart = 16; // magic and length of the header
    private const int Values = 23;

    private static readonly string[] Words =
    [
        "run", "step", "trainSeconds", "wallSeconds", "lossSum", "lossCount", "points", "trunkSteps", "telemetry",
            "now", "atPoint", "spikes",
        "recent", "tokens",
        "lossTrain", "lossValidation", "learningRate", "gradientNorm", "count", "firstStep",
    ];

    private readonly string _folder;
    private readonly byte[] _whole;
    private readonly JsonMutator _mutator = new(Words);

    public CheckpointFormat(string folder)
    {
        _folder = Path.Combine(folder, "checkpoints");
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        using var scope = NewDisposeScope();
        foreach (var step in (long[])[1, 2])
        {
            var sums = new TelemetrySums(step * 10, 1, 2);
            new CheckpointFolder(_folder).Save(
                new TrainingProgress(Run, step, 1.5, 2, 0, 0, [new MetricPoint(step, step * 10, 2.5, 2.75, 0.01, 1)],
                    step == 2 ? 1 : null,
                    new TelemetryProgress(sums, sums)),
                [full([Values], (float)step)]);
        }

        _whole = File.ReadAllBytes(Newest);
    }

    private string Newest => Path.Combine(_folder, "step-2.ckpt");

    public override IReadOnlyList<FuzzInput> Whole => [new FuzzInput(".ckpt", _whole)];

    public override FuzzInput Make(Random random)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(_whole.AsSpan(8));
        var header = _whole[HeaderStart..(HeaderStart + length)];
        var tensors = _whole[(HeaderStart + length)..^SHA256.HashSizeInBytes];
        long? says = null;
        var kind = random.Next(10);
        if (kind < 6) header = Encoding.UTF8.GetBytes(_mutator.Mutate(Encoding.UTF8.GetString(header), random));
        else if (kind == 6) tensors = ByteMutator.Mutate(tensors, random);
        else if (kind == 7)
            says = Oddities.Of(random,
                new[] { 0L, 1, -1, length - 1, length + 4, length + tensors.Length, 1 << 20, 1L << 31,
            1L << 40, long.MaxValue, long.MinValue });
        else if (kind == 8) header = ByteMutator.Mutate(header, random);
        else BitConverter.GetBytes(
            Oddities.Of(random, new[] { float.NaN, float.PositiveInfinity, 1e38f, -0f, float.Epsilon })).CopyTo(tensors,
            4 * random.Next(Values));

        var start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, says ?? header.Length);
        byte[] bytes = [.. _whole[..8], .. start, .. header, .. tensors];
        if (random.Next(10) == 0) bytes = ByteMutator.Mutate(bytes, random);
        byte[] all = [.. bytes, .. SHA256.HashData(bytes)];
        return new FuzzInput(".ckpt", random.Next(10) == 0 ? ByteMutator.Mutate(all, random) : all);
    }

    public override bool Read(FuzzInput input, string file)
    {
        File.WriteAllBytes(Newest, input.Bytes);
        using var scope = NewDisposeScope();
        var tensor = zeros(Values);
        var progress = new CheckpointFolder(_folder).Load(Run, [tensor])
            ?? throw new FindingException("the whole checkpoint before it was not taken");
        var values = tensor.data<float>().ToArray();
        if (values.Any(v => !float.IsFinite(v))) throw new FindingException("a state that is not finite was taken");
        if (progress.Step == 1 && values.Any(v => v != 1))
            throw new FindingException("what was passed over changed the tensors");
        RunJson.Serialize(progress);
        return progress.Step == 2;
    }
}
