using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Exchange;
using ScalingLab.Training.Models;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Inference;

/// <summary>
/// The model that a run ended with, or that another program saved, to be asked; in fp32, whatever it was trained in.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    private readonly ParameterBuffer _parameters;
    private readonly Transformer _transformer;
    private readonly ModelShape _shape;
    private readonly int? _begin;
    private readonly int? _end;
    private int _drawn;

    /// <summary>Loads the newest checkpoint of a run, or the weights of an imported model.</summary>
    /// <exception cref="DataException">There is none of that run, or the folder holds no model that can be
    /// read.</exception>
    public TrainedModel(SavedModel where)
    {
        _shape = where.Shape;
        set_num_threads(where.Threads);
        Device = torch.device(where.Device);
        _parameters = ParameterBuffer.Zeros(_shape, Precision.Fp32, Device);
        try
        {
            if (where.Spec is { } run) Step = LoadCheckpoint(run, where.CheckpointFolder);
            else (_begin, _end) = LoadFolder(where.CheckpointFolder);
        }
        catch
        {
            _parameters.Dispose();
            throw;
        }

        _transformer = new Transformer(_shape, _parameters);
        _drawn = _shape.Vocabulary;
    }

    /// <summary>The tokenizer that a model was trained with.</summary>
    /// <exception cref="DataException">It is not there, or cannot be read here.</exception>
    public static Tokenizer LoadTokenizer(SavedModel where) => ModelText.Of(where).Tokenizer;

    /// <summary>Where it is.</summary>
    public Device Device { get; }

    /// <summary>Its shape.</summary>
    public ModelShape Shape => _shape;

    /// <summary>The model itself.</summary>
    internal Transformer Transformer => _transformer;

    /// <summary>Its weights, with room for their gradient.</summary>
    internal ParameterBuffer Parameters => _parameters;

    /// <summary>Steps that it was trained; null where another program trained it.</summary>
    public long? Step { get; }

    /// <summary>The model as it is written for other programs.</summary>
    /// <param name="path">The .safetensors file.</param>
    /// <param name="layout">How they name and lay out its tensors.</param>
    /// <param name="asBfloat16">bf16, in place of fp32.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public long Export(string path, ModelLayout layout, bool asBfloat16) =>
        WeightWriter.Write(path, layout.Tensors(_shape), _parameters, asBfloat16);

    /// <summary>Logits after each of the tokens, [tokens][vocabulary].</summary>
    /// <param name="tokens">At most a context of them, of the model's vocabulary.</param>
    public IReadOnlyList<float[]> Logits(IReadOnlyList<int> tokens)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var inputs = tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Count], device: Device);
        var logits = _transformer.Forward(inputs);
        return [.. Enumerable.Range(0, tokens.Count)
            .Select(t => logits.select(1, t).reshape(-1).cpu().data<float>().ToArray())];
    }

    /// <summary>The token that stands before a text: an end of document, unless an imported model names one.</summary>
    public int Begin(int endOfDocument) => _begin ?? endOfDocument;

    /// <summary>The token that ends a text: an end of document, unless an imported model names another.</summary>
    public int End(int endOfDocument) => _end ?? endOfDocument;

    /// <summary>
    /// Sum of the cross-entropies of <paramref name="tokens"/>, nats, each given those before it in its window: windows
    /// of the context's length begin every <paramref name="stride"/> tokens and count what no window before them has
    /// counted. The text begins after an end of document, of an imported model after what it names for that.
    /// </summary>
    public double SummedCrossEntropy(IReadOnlyList<int> tokens, int endOfDocument, int stride)
    {
        using var quiet = no_grad();
        var context = _shape.Context;
        double sum = 0;
        for (var counted = 0; counted < tokens.Count;)
        {
            // What is counted now ends the window; the rest of the context is its past.
            var count = Math.Min(counted == 0 ? context : stride, tokens.Count - counted);
            var start = Math.Max(0, counted + count - context);
            var length = counted + count - start;
            using var scope = NewDisposeScope();
            long Before(int i) => i == 0 ? Begin(endOfDocument) : tokens[i - 1];
            var inputs = Enumerable.Range(start, length).Select(Before).ToArray();
            var targets = Enumerable.Range(counted, count).Select(i => (long)tokens[i]).ToArray();
            var logits = _transformer.Forward(tensor(inputs, [1, length], device: Device))
                .narrow(1, length - count, count);
            var loss =
                Kernels.cross_entropy(logits.reshape(count, _shape.Vocabulary),
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
        var text = new List<int> { Begin(endOfDocument) };
        text.AddRange(prompt);
        using var cache = _transformer.NewCache();
        for (var drawn = 0; drawn < most; drawn++)
        {
            var next = sampler.Next(NextLogits(text, cache));
            if (next == End(endOfDocument)) yield break;
            yield return next;
            text.Add(next);
        }
    }

    /// <summary>
    /// Draws only tokens below that number: a model's vocabulary may be larger than its tokenizer's, to be a round
    /// number.
    /// </summary>
    public void DrawBelow(int tokens) => _drawn = Math.Min(_shape.Vocabulary, tokens);

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
        return logits.select(1, seen.Length - 1).reshape(-1).narrow(0, 0, _drawn).cpu().data<float>().ToArray();
    }

    private long LoadCheckpoint(RunSpec run, string folder)
    {
        var checkpoints = new CheckpointFolder(folder);
        var progress = checkpoints.Load(run.Id.Value, [_parameters.Master], run.Steps, partly: true);
        return progress?.Step ?? throw new DataException(
            [$"{folder} has no whole checkpoint of run {run.Id}", .. checkpoints.Rejected]);
    }

    private (int? Begin, int? End) LoadFolder(string folder)
    {
        var model = ModelFolder.Open(folder);
        WeightReader.Fill(model, name => _parameters[name]);
        return (model.BeginOfText, model.EndOfText);
    }
}
