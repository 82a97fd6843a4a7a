using ScalingLab.Data.Batches;
using ScalingLab.Torch;
using ScalingLab.Training.Models;

namespace ScalingLab.Training.Inference;

/// <summary>Validation losses of a mixture, nats/token.</summary>
/// <param name="Mean">By the mixture's weights.</param>
/// <param name="Losses">Of each source, in the mixture's order.</param>
public sealed record MixtureLoss(double Mean, IReadOnlyList<double> Losses);

/// <summary>
/// Loss on the fixed validation set: the same windows for every run on the same data, whatever its seed or batch.
/// </summary>
public static class Validation
{
    /// <summary>
    /// The loss on each source's windows, and their mean by the mixture's weights: what a text mixed like the training
    /// text would give. Of a corpus alone its own loss.</summary>
    /// <param name="model">The model as it stands.</param>
    /// <param name="text">The run's text.</param>
    /// <param name="sequences">Sequences in one pass.</param>
    /// <param name="device">Where the model is.</param>
    public static MixtureLoss Loss(Transformer model, RunText text, int sequences, Device device)
    {
        List<double> losses = [.. text.Sources.Select(source => Loss(model, source.Validation, sequences, device))];
        return new MixtureLoss(losses is [var only] ? only
            : losses.Zip(text.Sources, (loss, source) => loss * source.Weight).Sum(), losses);
    }

    /// <summary>Mean cross-entropy in nats/token over the windows, each token once, without gradients.</summary>
    /// <param name="model">The model as it stands.</param>
    /// <param name="windows">The fixed windows.</param>
    /// <param name="sequences">Sequences in one pass.</param>
    /// <param name="device">Where the model is.</param>
    public static double Loss(Transformer model, EvaluationWindows windows, int sequences, Device device)
    {
        using var quiet = no_grad();
        double sum = 0;
        var context = windows.Context;
        for (long first = 0; first < windows.Windows; first += sequences)
        {
            Kernels.collect_garbage();
            using var scope = NewDisposeScope();
            var count = (int)Math.Min(sequences, windows.Windows - first);
            var (inputs, targets) = (new long[count * context], new long[count * context]);
            windows.Read(first, count, inputs, targets);
            sum += model.Loss(tensor(inputs, [count, context], device: device),
                tensor(targets, [count, context], device: device))
                .item<float>() * (double)count;
        }

        return sum / windows.Windows;
    }
}
