using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// Llama (Touvron et al. 2023, arXiv 2302.13971) and what differs from it by a gate or by norms of queries and keys:
/// rotary positions, RMS norm, grouped keys and values.
/// </summary>
internal sealed class LlamaLayout(LlamaVariant variant) : ModelLayout
{
    public override string ModelType => variant.ModelType;

    public override string Title => variant.Title;

    public override string Prefix => "model.";

    public override string HeadName => "lm_head.weight";

    protected override string Architecture => variant.Architecture;

    internal override bool TiesByDefault => false;

    internal override ModelShape Shape(ConfigReader config)
    {
        var (heads, width) = (config.Integer("num_attention_heads"), config.Integer("hidden_size"));
        var groups = config.IntegerOr("num_key_value_heads", heads);
        if (groups > 0 && heads % groups != 0)
            config.Problem("num_key_value_heads", $"is {groups}, but {heads} heads do not fall into so many groups");
        if (heads > 0 && width % heads == 0)
            config.Require("head_dim", width / heads, variant.UsualHeadWidth ?? (width / heads));
        var biases = config.Flag("attention_bias", false);
        if (variant.MayHaveBiases) config.Require("mlp_bias", biases, absent: false);
        else config.Require("attention_bias", false);
        config.Require("use_sliding_window", false);
        var mlp = config.Activation("hidden_act", variant.UsualActivation);
        if (variant.IsGated != (mlp == MlpKind.Swiglu))
            config.Problem("hidden_act", variant.IsGated ? "is not silu, which alone is read of a gated MLP"
                : "is silu, which is read of a gated MLP alone");
        if (variant.NeedsRotaryParameters && !config.Has("rope_parameters") && !config.Has("rope_scaling"))
            config.Problem("rope_parameters", $"is missing: {Title} then scales frequencies, which is not read");
        var shape = new ModelShape
        {
            Layers = config.Integer("num_hidden_layers"),
            Width = width,
            Heads = heads,
            Vocabulary = config.Integer("vocab_size"),
            Context = config.Integer("max_position_embeddings"),
            HeadsPerGroup = groups > 0 ? heads / groups : 1,
            Mlp = mlp,
            QkNorm = variant.HasQkNorm,
            Head = config.Head(TiesByDefault),
            NormEpsilon = config.Epsilon("rms_norm_eps", variant.UsualEpsilon, NormKind.Rms),
            RotaryBase = config.RotaryBase("rope_theta", variant.UsualRotaryBase),
            RotaryShare = config.RotaryShare("partial_rotary_factor", 1),
            Biases = biases,
        };
        if (shape.RotaryShare != 1) config.Problem("partial_rotary_factor", $"is not 1; {Title} turns whole heads");
        return shape with
        {
            MlpWidth = ConfigReader.Hidden(config.Integer("intermediate_size"), shape.HiddenWidth),
        };
    }

    protected override IEnumerable<(string Field, string Problem)> Own(ModelShape shape)
    {
        if (shape.Positions != PositionKind.Rotary) yield return ("positions", $"is not rotary, as {Title} has it");
        if (shape.Norm != NormKind.Rms) yield return ("norm", $"is layer; {Title} has rms");
        if (variant.IsGated != (shape.Mlp == MlpKind.Swiglu))
            yield return ("mlp", variant.IsGated ? $"is not swiglu, as {Title} has it"
                : $"is swiglu; {Title} has no gate");
        if (variant.HasQkNorm != shape.QkNorm)
            yield return ("qkNorm", shape.QkNorm ? $"is true; {Title} does not norm queries and keys"
                : $"is false; {Title} norms queries and keys");
        if (shape.Biases && !variant.MayHaveBiases)
            yield return ("biases", $"is true; {Title} has none in its MLP");
        if (shape.RotaryShare != 1) yield return ("rotaryShare", $"is {shape.RotaryShare}; {Title} turns whole heads");
        if (shape.ParallelBlocks) yield return ("parallelBlocks", $"is true; {Title} has the MLP after attention");
    }

    protected override IEnumerable<LayoutTensor> Body(ModelShape shape)
    {
        long d = shape.Width, head = shape.HeadWidth;
        yield return LayoutTensor.Whole("embed_tokens.weight", "embedding", shape.Vocabulary, d);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            string there = $"layers.{layer}.", here = $"blocks.{layer}.";
            yield return LayoutTensor.Whole($"{there}{variant.AttentionNorm}.weight", here + "attention.norm", d);
            yield return LayoutTensor.Whole($"{there}{variant.MlpNorm}.weight", here + "mlp.norm", d);
            if (shape.QkNorm)
            {
                yield return LayoutTensor.Whole(there + "self_attn.q_norm.weight", here + "attention.query.norm", head);
                yield return LayoutTensor.Whole(there + "self_attn.k_norm.weight", here + "attention.key.norm", head);
            }

            foreach (var matrix in Matrices(shape, here))
            {
                yield return matrix with { Name = $"{there}{matrix.Name}.weight" };
                if (shape.Biases) yield return BiasOf(matrix, there);
            }
        }

        yield return LayoutTensor.Whole("norm.weight", "norm", d);
    }

    protected override IEnumerable<(string Name, JsonNode? Value)> OwnConfig(ModelShape shape) =>
    [
        ("hidden_size", shape.Width), ("intermediate_size", shape.HiddenWidth), ("num_hidden_layers", shape.Layers),
        ("num_attention_heads", shape.Heads), ("num_key_value_heads", shape.KeyValueHeads),
        ("head_dim", shape.HeadWidth), ("hidden_act", ActivationName(shape.Mlp)),
        ("max_position_embeddings", shape.Context), ("rms_norm_eps", shape.Epsilon),
        ("rope_theta", Real(shape.RotaryBase)), ("rope_scaling", null), ("rope_parameters", RotaryParameters(shape)),
        ("attention_bias", shape.Biases), ("mlp_bias", shape.Biases), ("attention_dropout", Real(0)),
        ("pad_token_id", null),
    ];

    private List<LayoutTensor> Matrices(ModelShape shape, string here)
    {
        long d = shape.Width, kv = shape.KeyValueWidth, hidden = shape.HiddenWidth;
        string qkv = here + "attention.qkv", up = here + "mlp.up";
        return
        [
            Rows("self_attn.q_proj", qkv, 0, d, d),
            Rows("self_attn.k_proj", qkv, d, kv, d),
            Rows("self_attn.v_proj", qkv, d + kv, kv, d),
            Rows("self_attn.o_proj", here + "attention.out", 0, d, d),
            .. variant.IsGated ? [Rows("mlp.gate_proj", up, 0, hidden, d)] : (LayoutTensor[])[],
            Rows("mlp.up_proj", up, variant.IsGated ? hidden : 0, hidden, d),
            Rows("mlp.down_proj", here + "mlp.down", 0, d, hidden),
        ];
    }

    private static LayoutTensor Rows(string name, string parameter, long first, long outputs, long inputs) =>
        new(name, [outputs, inputs], [new LayoutRows(parameter, first, outputs)]);

    private static LayoutTensor BiasOf(LayoutTensor matrix, string there) => new(
        $"{there}{matrix.Name}.bias", [matrix.Dimensions[0]],
        [.. matrix.Rows.Select(rows => rows with { Parameter = rows.Parameter + ".bias" })]);
}
