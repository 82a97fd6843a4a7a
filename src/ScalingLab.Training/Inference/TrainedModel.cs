using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Inference;

/// <summary>The model that a run ended with, to be asked; in fp32, whatever it was trained in.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly ParameterBuffer _parameters;
    private readonly Transformer _transformer;
    private readonly RunSpec _spec;

    /// <summary>Loads the newest checkpoint.</summary>
    /// <exception cref="DataException">There is none of that run.</exception>
    public TrainedModel(SavedModel where)
    {
        _spec = where.Spec;
        set_num_threads(where.Threads);
        Device = torch.device(where.Device);
        _parameters =
            new ParameterBuffer(ParameterSpec.For(_spec.Shape, _spec.Recipe.EmbeddingStd), Precision.Fp32, Device,
                _spec.Seed);
        _transformer = new Transformer(_spec.Shape, _parameters);
        var checkpoints = new CheckpointFolder(where.CheckpointFolder);
        var progress = checkpoints.Load(_spec.Id.Value, [_parameters.Master], _spec.Steps, partly: true);
        Step = progress?.Step ?? throw new DataException(
            [$"{where.CheckpointFolder} has no whole checkpoint of run {_spec.Id}", .. checkpoints.Rejected]);
        _parameters.SyncModelWeights();
    }

    /// <summary>Where it is.</summary>
    public Device Device { get; }

    /// <summary>Its shape.</summary>
    public ModelShape Shape => _spec.Shape;

    /// <summary>The model itself.</summary>
    internal Transformer Transformer => _transformer;

    /// <summary>Steps that it was trained.</summary>
    public long Step { get; }

    /// <summary>
    /// Sum of the cross-entropies of <paramref name="tokens"/>, nats, each given those before it in its window: windows
    /// of the context's length begin every <paramref name="stride"/> tokens and count what no window before them has
    /// counted. The text begins after an end of document.
    /// </summary>
    public double SummedCrossEntropy(IReadOnlyList<int> tokens, int endOfDocument, int stride)
    {
        using var quiet = no_grad();
        var context = _spec.Shape.Context;
        double sum = 0;
        for (var counted = 0; counted < tokens.Count;)
        {
            // What is counted now ends the window; the rest of the context is its past.
            var count = Math.Min(counted == 0 ? context : stride, tokens.Count - counted);
            var start = Math.Max(0, counted + count - context);
            var length = counted + count - start;
            using var scope = NewDisposeScope();
            long Before(int i) => i == 0 ? endOfDocument : tokens[i - 1];
            var inputs = Enumerable.Range(start, length).Select(Before).ToArray();
            var targets = Enumerable.Range(counted, count).Select(i => (long)tokens[i]).ToArray();
            var logits = _transformer.Forward(tensor(inputs, [1, length], device: Device))
                .narrow(1, length - count, count);
            var loss =
                Kernels.cross_entropy(logits.reshape(count, _spec.Shape.Vocabulary),
                    tensor(targets, [count], device: Device));
            sum += loss.item<float>() * (double)count;
            counted += count;
        }

        return sum;
    }

    /// <summary>
    /// Tokens drawn one after the other after a prompt, until <paramref name="endOfDocument"/> or
    /// <paramref name="most"/>.
    /// </summary>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, int endOfDocument, int most, TokenSampler sampler)
    {
        var text = new List<int> { endOfDocument };
        text.AddRange(prompt);
        using var cache = _transformer.NewCache();
        for (var drawn = 0; drawn < most; drawn++)
        {
            var next = sampler.Next(NextLogits(text, cache));
            if (next == endOfDocument) yield break;
            yield return next;
            text.Add(next);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transformer.Dispose();
        _parameters.Dispose();
    }

    /// <summary>
    /// Logits of the token after a text, [vocabulary]: at the price of the new tokens while it fits the context, then
    /// of the last context's worth anew.
    /// </summary>
    private float[] NextLogits(List<int> text, KeyValueCache cache)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var fits = text.Count <= cache.Capacity;
        var seen = text.Skip(fits ? (int)cache.Length : text.Count - (int)cache.Capacity).Select(token => (long)token)
            .ToArray();
        var tokens = tensor(seen, [1, seen.Length], device: Device);
        var logits = fits ? _transformer.Step(tokens, cache) : _transformer.Forward(tokens);
        return logits.select(1, seen.Length - 1).reshape(-1).cpu().data<float>().ToArray();
    }
}
