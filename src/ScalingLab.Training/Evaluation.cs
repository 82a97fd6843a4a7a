using ScalingLab.Data;
using ScalingLab.Torch;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Training;

/// <summary>Loss on the fixed validation set: the same windows for every run on the same data, whatever its seed or batch.</summary>
public static class Evaluation
{
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
            using var scope = NewDisposeScope();
            var count = (int)Math.Min(sequences, windows.Windows - first);
            var (inputs, targets) = (new long[count * context], new long[count * context]);
            windows.Read(first, count, inputs, targets);
            sum += model.Loss(tensor(inputs, [count, context], device: device), tensor(targets, [count, context], device: device))
                .item<float>() * (double)count;
        }

        return sum / windows.Windows;
    }
}
