using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Safetensors;
using ScalingLab.Runs.Parsing;
using ScalingLab.Torch;

namespace ScalingLab.Training.Exchange;

/// <summary>Weights of another program's model into ours, a few million numbers at a time.</summary>
internal static class WeightReader
{
    private const long ChunkValues = 1 << 22;

    /// <summary>Fills every tensor that the folder has.</summary>
    /// <param name="model">The folder.</param>
    /// <param name="target">The tensor of a name.</param>
    /// <exception cref="DataException">A file is gone or shorter than it was, or holds a number that is not
    /// finite.</exception>
    public static void Fill(ModelFolder model, Func<string, Tensor> target)
    {
        foreach (var file in model.Tensors.GroupBy(tensor => tensor.File))
        {
            try
            {
                using var open = InputFile.Open(file.Key, FileKind.Weights);
                foreach (var (layout, _, entry) in file) Fill(open, layout, entry, target);
            }
            catch (IOException e)
            {
                throw new DataException($"{file.Key}: cannot be read: {e.Message}", e);
            }
        }
    }

    private static void Fill(FileStream file, LayoutTensor layout, TensorEntry entry, Func<string, Tensor> tensors)
    {
        using var quiet = no_grad();
        var width = layout.Dimensions.Count == 1 ? 1 : layout.Dimensions[1];
        long row = 0;
        foreach (var rows in layout.Rows)
        {
            var target = tensors(rows.Parameter);
            var most = Math.Max(1, ChunkValues / width);
            for (long done = 0; done < rows.Count; done += most)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(most, rows.Count - done);
                var values = new float[count * width];
                TensorValues.Read(file, entry, (row + done) * width, values);
                var part = torch.tensor(values, layout.Dimensions.Count == 1 ? [count] : [count, width]);
                if (layout.IsTransposed) part = part.transpose(0, 1);
                target.narrow(layout.IsTransposed ? 1 : 0, rows.First + done, count).copy_(part);
            }

            row += rows.Count;
        }
    }
}
