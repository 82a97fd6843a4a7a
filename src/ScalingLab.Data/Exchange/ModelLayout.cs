using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// How an architecture of Hugging Face's transformers writes a model: its config.json and its tensors.
/// </summary>
public abstract class ModelLayout
{
    private const double MostExact = 1e15;

    // Masks and frequencies that older versions saved beside the weights.
    private static readonly string[] BufferEndings =
        [".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"];

    /// <summary>Every architecture that is written and read.</summary>
    public static IReadOnlyList<ModelLayout> All { get; } =
    [
        new Gpt2Layout(), new LlamaLayout(LlamaVariant.Llama), new NeoxLayout(), new LlamaLayout(LlamaVariant.Arcee),
        new LlamaLayout(LlamaVariant.Qwen3), new LlamaLayout(LlamaVariant.Apertus),
    ];

    /// <summary>model_type of config.json.</summary>
    public abstract string ModelType { get; }

    /// <summary>For messages: "GPT-2".</summary>
    public abstract string Title { get; }

    /// <summary>What the names of all tensors but the head's begin with; a file without its head may lack it.</summary>
    public abstract string Prefix { get; }

    /// <summary>The name of an output matrix of its own.</summary>
    public abstract string HeadName { get; }

    /// <summary>The class of transformers that reads it.</summary>
    protected abstract string Architecture { get; }

    /// <summary>Whether transformers ties the head to the embedding where config.json does not say.</summary>
    internal abstract bool TiesByDefault { get; }

    /// <summary>The layout that says what a model is exactly; null where none does.</summary>
    public static ModelLayout? Find(ModelShape shape) => All.FirstOrDefault(layout => !layout.Obstacles(shape).Any());

    /// <summary>The layout that least stands in the way of.</summary>
    public static ModelLayout Nearest(ModelShape shape) => All.MinBy(layout => layout.Obstacles(shape).Count())!;

    /// <summary>Every field of a shape that the layout cannot say, and what it has.</summary>
    public IEnumerable<(string Field, string Problem)> Obstacles(ModelShape shape) =>
        Common(shape).Concat(Own(shape));

    /// <summary>Every tensor of a model of that shape; the head's last.</summary>
    public IReadOnlyList<LayoutTensor> Tensors(ModelShape shape)
    {
        var body = Body(shape).Select(tensor => tensor with { Name = Prefix + tensor.Name });
        return shape.Head == HeadKind.Tied ? [.. body]
            : [.. body, LayoutTensor.Whole(HeadName, "head", shape.Vocabulary, shape.Width)];
    }

    /// <summary>config.json of a model of that shape in fp32 or bf16.</summary>
    public JsonObject Config(ModelShape shape, ModelText text, bool isBfloat16)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["model_type"] = ModelType,
            ["vocab_size"] = shape.Vocabulary,
            ["tie_word_embeddings"] = shape.Head == HeadKind.Tied,
            ["bos_token_id"] = text.Begin,
            ["eos_token_id"] = text.End,
            ["torch_dtype"] = isBfloat16 ? "bfloat16" : "float32",
        };
        foreach (var (name, value) in OwnConfig(shape)) config[name] = value;
        return config;
    }

    /// <summary>Whether a file may hold that tensor beside the model's: it is none of its weights.</summary>
    public static bool IsBuffer(string name) =>
        BufferEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>The shape that a config.json says; what it cannot be here is a problem of the reader.</summary>
    internal abstract ModelShape Shape(ConfigReader config);

    /// <summary>As <see cref="Obstacles"/>, of fields that this layout has otherwise than others.</summary>
    protected abstract IEnumerable<(string Field, string Problem)> Own(ModelShape shape);

    /// <summary>Tensors but the head, named without the prefix.</summary>
    protected abstract IEnumerable<LayoutTensor> Body(ModelShape shape);

    /// <summary>Fields of config.json that this layout names in its own way.</summary>
    protected abstract IEnumerable<(string Name, JsonNode? Value)> OwnConfig(ModelShape shape);

    /// <summary>What GPT-2 and GPT-NeoX cannot say alike.</summary>
    protected IEnumerable<(string Field, string Problem)> OfLayerNormed(ModelShape shape)
    {
        if (shape.Norm != NormKind.Layer) yield return ("norm", $"is rms; {Title} has layer");
        if (shape.Mlp == MlpKind.Swiglu) yield return ("mlp", $"is swiglu; {Title} has no gate");
        if (shape.HeadsPerGroup != 1)
            yield return ("headsPerGroup", $"is {shape.HeadsPerGroup}; {Title} has keys and values for each head");
        if (shape.QkNorm) yield return ("qkNorm", $"is true; {Title} does not norm queries and keys");
    }

    /// <summary>A weight as it stands, and its bias.</summary>
    protected static IEnumerable<LayoutTensor> Pair(string name, string parameter, params long[] dimensions) =>
    [
        LayoutTensor.Whole(name + ".weight", parameter, dimensions),
        LayoutTensor.Whole(name + ".bias", parameter + ".bias", dimensions[0]),
    ];

    /// <summary>transformers' word for an activation.</summary>
    protected static string ActivationName(MlpKind mlp) => mlp switch
    {
        MlpKind.Gelu => "gelu",
        MlpKind.GeluTanh => "gelu_new",
        MlpKind.Relu2 => "relu2",
        _ => "silu",
    };

    /// <summary>A number that Python reads as no integer, even where it is whole.</summary>
    protected static JsonNode Real(double value) => value == Math.Floor(value) && Math.Abs(value) < MostExact
        ? JsonValue.Create((decimal)value + 0.0m) : JsonValue.Create(value);

    /// <summary>Rotary positions as transformers 5 has them; earlier ones read the fields beside it.</summary>
    protected static JsonObject RotaryParameters(ModelShape shape) => new()
    {
        ["rope_type"] = "default",
        ["rope_theta"] = Real(shape.RotaryBase),
        ["partial_rotary_factor"] = Real(shape.RotaryShare),
    };

    private static IEnumerable<(string Field, string Problem)> Common(ModelShape shape)
    {
        if (shape.NormPlacement != NormPlacement.Pre) yield return ("normPlacement", "is post; all have pre");
        if (shape.LogitSoftCap > 0) yield return ("logitSoftCap", $"is {shape.LogitSoftCap}; none caps its logits");
        if (shape.StoredLayers != shape.Layers)
            yield return ("distinctLayers", $"is {shape.DistinctLayers}; all have weights of their own in each layer");
        if (shape.IsFactorised)
            yield return ("embeddingWidth", $"is {shape.EmbeddingWidth}; all have embeddings as wide as the stream");
    }
}
