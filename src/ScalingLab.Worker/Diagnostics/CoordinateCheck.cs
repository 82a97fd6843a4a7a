using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;
using ScalingLab.Training.Models;
using ScalingLab.Training.Steps;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>
/// How far the numbers inside a model move in its first steps (the coordinate check of Yang et al. 2022, arXiv
/// 2203.03466, appendix D.1): where learning rates follow the width as they should, the same at every width.
/// </summary>
internal static class CoordinateCheck
{
    private const int ProbeSequences = 4;

    /// <summary>
    /// Reads a work order (data and checkpoints are not touched), trains its steps on made-up text and prints a list of
    /// <see cref="ActivationChange"/>.
    /// </summary>
    /// <param name="input">Holds the order.</param>
    /// <param name="protocol">Gets the answer.</param>
    public static int Run(TextReader input, MessageChannel protocol)
    {
        var order = Order.Read<WorkOrder>(input);
        var (spec, settings) = (order.Spec, order.Settings);
        using var training = new TrainingStep(spec, settings);
        void Read(long first, int sequences, Span<long> inputs, Span<long> targets) =>
            SyntheticText.Fill(spec.Shape.Vocabulary, first, sequences, inputs, targets);

        using var scope = NewDisposeScope();
        var (tokens, after) =
            (new long[ProbeSequences * spec.Shape.Context], new long[ProbeSequences * spec.Shape.Context]);
        Read(-ProbeSequences, ProbeSequences, tokens, after); // no step has these
        var probe = tensor(tokens, [ProbeSequences, spec.Shape.Context], device: training.Device);
        var before = Activations(training.Model, spec.Shape.Layers, probe);
        for (var step = 0; step < spec.Steps; step++) training.Enqueue(step, Read);
        _ = training.Drain();
        var moved = Activations(training.Model, spec.Shape.Layers, probe)
            .Zip(before,
                (now, then) =>
                new ActivationChange(now.Place, (now.Value - then.Value).square().mean().sqrt().item<float>()));
        protocol.WriteLine(RunJson.Serialize(moved.ToList()));
        return 0;
    }

    /// <summary>What each half of a block adds to the stream, the stream's ends and the logits.</summary>
    private static List<(string Place, Tensor Value)> Activations(Transformer model, int layers, Tensor probe)
    {
        using var quiet = no_grad();
        var places = new List<(string, Tensor)>();
        var x = model.Embed(probe);
        Note("embedding", x);
        for (var layer = 0; layer < layers; layer++)
        {
            var half = model.AttentionHalf(layer, x);
            Note($"attention {layer + 1}", half - x);
            var whole = model.MlpHalf(layer, half);
            Note($"mlp {layer + 1}", whole - half);
            x = whole;
        }

        Note("logits", model.Logits(x));
        return places;

        void Note(string place, Tensor value) => places.Add((place, value.to(ScalarType.Float32)));
    }
}
