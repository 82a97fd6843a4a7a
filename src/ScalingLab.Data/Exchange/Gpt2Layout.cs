using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// GPT-2 (Radford et al. 2019): learned positions, layer norm with biases, one matrix for queries, keys and values;
/// matrices are [in, out].
/// </summary>
internal sealed class Gpt2Layout : ModelLayout
{
    public override string ModelType => "gpt2";

    public override string Title => "GPT-2";

    public override string Prefix => "transformer.";

    public override string HeadName => "lm_head.weight";

    protected override string Architecture => "GPT2LMHeadModel";

    internal override bool TiesByDefault => true;

    internal override ModelShape Shape(ConfigReader config)
    {
        config.Require("scale_attn_weights", true);
        config.Require("scale_attn_by_inverse_layer_idx", false);
        config.Require("add_cross_attention", false);
        var width = config.Integer("n_embd");
        return new()
        {
            Layers = config.Integer("n_layer"),
            Width = width,
            Heads = config.Integer("n_head"),
            Vocabulary = config.Integer("vocab_size"),
            Context = config.Integer("n_positions", config.IntegerOr("n_ctx", 0)),
            MlpWidth = ConfigReader.Hidden(config.IntegerOr("n_inner", 4 * width), 4 * width),
            Mlp = config.Activation("activation_function", "gelu_new"),
            Head = config.Head(TiesByDefault),
            Positions = PositionKind.Learned,
            Norm = NormKind.Layer,
            NormEpsilon = config.Epsilon("layer_norm_epsilon", 1e-5, NormKind.Layer),
            Biases = true,
        };
    }

    protected override IEnumerable<(string Field, string Problem)> Own(ModelShape shape)
    {
        if (shape.Positions is not (PositionKind.Learned or PositionKind.None))
            yield return ("positions", "is neither learned, as GPT-2 has it, nor none");
        foreach (var problem in OfLayerNormed(shape)) yield return problem;
        if (shape.ParallelBlocks) yield return ("parallelBlocks", "is true; GPT-2 has the MLP after attention");
    }

    protected override IEnumerable<LayoutTensor> Body(ModelShape shape)
    {
        long d = shape.Width, hidden = shape.HiddenWidth;
        yield return LayoutTensor.Whole("wte.weight", "embedding", shape.Vocabulary, d);
        yield return LayoutTensor.Whole("wpe.weight", "positions", shape.Context, d);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            string there = $"h.{layer}.", here = $"blocks.{layer}.";
            LayoutTensor[] tensors =
            [
                .. Pair(there + "ln_1", here + "attention.norm", d),
                .. Linear(there + "attn.c_attn", here + "attention.qkv", d, 3 * d),
                .. Linear(there + "attn.c_proj", here + "attention.out", d, d),
                .. Pair(there + "ln_2", here + "mlp.norm", d),
                .. Linear(there + "mlp.c_fc", here + "mlp.up", d, hidden),
                .. Linear(there + "mlp.c_proj", here + "mlp.down", hidden, d),
            ];
            foreach (var tensor in tensors) yield return tensor;
        }

        foreach (var tensor in Pair("ln_f", "norm", d)) yield return tensor;
    }

    protected override IEnumerable<(string Name, JsonNode? Value)> OwnConfig(ModelShape shape) =>
    [
        ("n_positions", shape.Context), ("n_ctx", shape.Context), ("n_embd", shape.Width),
        ("n_layer", shape.Layers), ("n_head", shape.Heads), ("n_inner", shape.HiddenWidth),
        ("activation_function", ActivationName(shape.Mlp)),
        ("layer_norm_epsilon", shape.Epsilon),
        ("attn_pdrop", Real(0)), ("embd_pdrop", Real(0)), ("resid_pdrop", Real(0)), ("scale_attn_weights", true),
    ];

    private static IEnumerable<LayoutTensor> Linear(string name, string parameter, long inputs, long outputs) =>
    [
        LayoutTensor.Transposed(name + ".weight", parameter, inputs, outputs),
        LayoutTensor.Whole(name + ".bias", parameter + ".bias", outputs),
    ];
}
