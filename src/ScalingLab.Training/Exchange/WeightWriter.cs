using System.Runtime.InteropServices;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Safetensors;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Exchange;

/// <summary>Our weights as another program's model, a few million numbers at a time.</summary>
internal static class WeightWriter
{
    private const long ChunkValues = 1 << 22;

    /// <summary>Writes the file to the disk.</summary>
    /// <returns>Its bytes.</returns>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static long Write(string path, IReadOnlyList<LayoutTensor> tensors, ParameterBuffer parameters,
        bool asBfloat16)
    {
        using var file =
            new SafetensorsWriter(path, [.. tensors.Select(tensor => (tensor.Name, tensor.Dimensions))], asBfloat16);
        foreach (var tensor in tensors) Write(file, tensor, parameters);
        return file.End();
    }

    private static void Write(SafetensorsWriter file, LayoutTensor tensor, ParameterBuffer parameters)
    {
        using var quiet = no_grad();
        var width = tensor.Dimensions.Count == 1 ? 1 : tensor.Dimensions[1];
        foreach (var rows in tensor.Rows)
        {
            var source = parameters.Find(rows.Parameter);
            var most = Math.Max(1, ChunkValues / width);
            for (long done = 0; done < rows.Count; done += most)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(most, rows.Count - done);
                if (source is null)
                {
                    file.Write(new float[count * width]);
                    continue;
                }

                var part = source.narrow(tensor.IsTransposed ? 1 : 0, rows.First + done, count);
                if (tensor.IsTransposed) part = part.transpose(0, 1);
                file.Write(MemoryMarshal.Cast<byte, float>(part.detach().contiguous().cpu().bytes));
            }
        }
    }
}
