using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// Llama (Touvron et al. 2023, arXiv 2302.13971): rotary positions, RMS norm, a gated MLP, grouped keys and values; or
/// Arcee, which is the same with an MLP without a gate.
/// </summary>
internal sealed class LlamaLayout(bool isGated) : ModelLayout
{
    public override string ModelType => isGated ? "llama" : "arcee";

    public override string Title => isGated ? "Llama" : "Arcee (Llama without a gate)";

    public override string Prefix => "model.";

    public override string HeadName => "lm_head.weight";

    protected override string Architecture => isGated ? "LlamaForCausalLM" : "ArceeForCausalLM";

    internal override bool TiesByDefault => false;

    internal override ModelShape Shape(ConfigReader config)
    {
        var (heads, width) = (config.Integer("num_attention_heads"), config.Integer("hidden_size"));
        var groups = config.IntegerOr("num_key_value_heads", heads);
        if (groups > 0 && heads % groups != 0)
            config.Problem("num_key_value_heads", $"is {groups}, but {heads} heads do not fall into so many groups");
        if (heads > 0 && width % heads == 0) config.Require("head_dim", width / heads);
        var biases = config.Flag("attention_bias", false);
        config.Require("mlp_bias", biases, absent: false);
        var mlp = config.Activation("hidden_act", isGated ? "silu" : "relu2");
        if (isGated != (mlp == MlpKind.Swiglu))
            config.Problem("hidden_act", isGated ? "is not silu, which alone is read of a gated MLP"
                : "is silu, which is read of a gated MLP alone");
        var shape = new ModelShape
        {
            Layers = config.Integer("num_hidden_layers"),
            Width = width,
            Heads = heads,
            Vocabulary = config.Integer("vocab_size"),
            Context = config.Integer("max_position_embeddings"),
            HeadsPerGroup = groups > 0 ? heads / groups : 1,
            Mlp = mlp,
            Head = config.Head(TiesByDefault),
            NormEpsilon = config.Epsilon("rms_norm_eps", isGated ? 1e-6 : 1e-5, NormKind.Rms),
            RotaryBase = config.RotaryBase("rope_theta"),
            RotaryShare = config.RotaryShare("partial_rotary_factor", 1),
            Biases = biases,
        };
        if (shape.RotaryShare != 1) config.Problem("partial_rotary_factor", "is not 1; Llama turns whole heads");
        return shape with
        {
            MlpWidth = ConfigReader.Hidden(config.Integer("intermediate_size"), shape.HiddenWidth),
        };
    }

    protected override IEnumerable<(string Field, string Problem)> Own(ModelShape shape)
    {
        if (shape.Positions != PositionKind.Rotary)
            yield return ("positions", $"is {shape.Positions.ToString().ToLowerInvariant()}; Llama has rotary");
        if (shape.Norm != NormKind.Rms) yield return ("norm", "is layer; Llama has rms");
        if (isGated != (shape.Mlp == MlpKind.Swiglu))
            yield return ("mlp", isGated ? "has no gate; Llama has swiglu" : "is swiglu; Arcee has no gate");
        if (shape.RotaryShare != 1) yield return ("rotaryShare", $"is {shape.RotaryShare}; Llama turns whole heads");
        if (shape.ParallelBlocks) yield return ("parallelBlocks", "is true; Llama has the MLP after attention");
    }

    protected override IEnumerable<LayoutTensor> Body(ModelShape shape)
    {
        long d = shape.Width, kv = shape.KeyValueWidth, hidden = shape.HiddenWidth;
        yield return LayoutTensor.Whole("embed_tokens.weight", "embedding", shape.Vocabulary, d);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            string there = $"layers.{layer}.", here = $"blocks.{layer}.", qkv = here + "attention.qkv",
                up = here + "mlp.up";
            yield return LayoutTensor.Whole(there + "input_layernorm.weight", here + "attention.norm", d);
            yield return LayoutTensor.Whole(there + "post_attention_layernorm.weight", here + "mlp.norm", d);
            List<LayoutTensor> linear =
            [
                Rows("self_attn.q_proj", qkv, 0, d, d),
                Rows("self_attn.k_proj", qkv, d, kv, d),
                Rows("self_attn.v_proj", qkv, d + kv, kv, d),
                Rows("self_attn.o_proj", here + "attention.out", 0, d, d),
                .. isGated ? [Rows("mlp.gate_proj", up, 0, hidden, d)] : (LayoutTensor[])[],
                Rows("mlp.up_proj", up, isGated ? hidden : 0, hidden, d),
                Rows("mlp.down_proj", here + "mlp.down", 0, d, hidden),
            ];
            foreach (var matrix in linear)
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
        ("rope_theta", shape.RotaryBase), ("rope_scaling", null),
        ("attention_bias", shape.Biases), ("mlp_bias", shape.Biases), ("attention_dropout", 0),
    ];

    private static LayoutTensor Rows(string name, string parameter, long first, long outputs, long inputs) =>
        new(name, [outputs, inputs], [new LayoutRows(parameter, first, outputs)]);

    private static LayoutTensor BiasOf(LayoutTensor matrix, string there) => new(
        $"{there}{matrix.Name}.bias", [matrix.Dimensions[0]],
        [.. matrix.Rows.Select(rows => rows with { Parameter = rows.Parameter + ".bias" })]);
}
