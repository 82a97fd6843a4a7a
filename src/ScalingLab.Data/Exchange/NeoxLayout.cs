using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// GPT-NeoX and Pythia (Black et al. 2022, arXiv 2204.06745; Biderman et al. 2023, arXiv 2304.01373): rotary positions
/// over a share of each head, layer norm with biases, queries, keys and values head by head in one matrix, attention
/// and MLP one after the other or side by side.
/// </summary>
internal sealed class NeoxLayout : ModelLayout
{
    private const double ShareByDefault = 0.25;

    public override string ModelType => "gpt_neox";

    public override string Title => "GPT-NeoX";

    public override string Prefix => "gpt_neox.";

    public override string HeadName => "embed_out.weight";

    protected override string Architecture => "GPTNeoXForCausalLM";

    internal override bool TiesByDefault => false;

    internal override ModelShape Shape(ConfigReader config)
    {
        config.Require("attention_bias", true);
        var width = config.Integer("hidden_size");
        return new()
        {
            Layers = config.Integer("num_hidden_layers"),
            Width = width,
            Heads = config.Integer("num_attention_heads"),
            Vocabulary = config.Integer("vocab_size"),
            Context = config.Integer("max_position_embeddings"),
            Mlp = config.Activation("hidden_act", "gelu"),
            MlpWidth = ConfigReader.Hidden(config.Integer("intermediate_size"), 4 * width),
            Head = config.Head(TiesByDefault),
            Norm = NormKind.Layer,
            NormEpsilon = config.Epsilon("layer_norm_eps", 1e-5, NormKind.Layer),
            RotaryBase = config.RotaryBase("rotary_emb_base", 10_000),
            RotaryShare = config.RotaryShare("rotary_pct", ShareByDefault),
            ParallelBlocks = config.Flag("use_parallel_residual", true),
            Biases = true,
        };
    }

    protected override IEnumerable<(string Field, string Problem)> Own(ModelShape shape)
    {
        if (shape.Positions != PositionKind.Rotary)
            yield return ("positions", "is not rotary, as GPT-NeoX has it");
        foreach (var problem in OfLayerNormed(shape)) yield return problem;
    }

    protected override IEnumerable<LayoutTensor> Body(ModelShape shape)
    {
        long d = shape.Width, hidden = shape.HiddenWidth;
        yield return LayoutTensor.Whole("embed_in.weight", "embedding", shape.Vocabulary, d);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            string there = $"layers.{layer}.", here = $"blocks.{layer}.";
            LayoutTensor[] tensors =
            [
                .. Pair(there + "input_layernorm", here + "attention.norm", d),
                .. Pair(there + "post_attention_layernorm", here + "mlp.norm", d),
                new(there + "attention.query_key_value.weight", [3 * d, d], HeadByHead(shape, here + "attention.qkv")),
                new(there + "attention.query_key_value.bias", [3 * d],
                    HeadByHead(shape, here + "attention.qkv.bias")),
                .. Pair(there + "attention.dense", here + "attention.out", d, d),
                .. Pair(there + "mlp.dense_h_to_4h", here + "mlp.up", hidden, d),
                .. Pair(there + "mlp.dense_4h_to_h", here + "mlp.down", d, hidden),
            ];
            foreach (var tensor in tensors) yield return tensor;
        }

        foreach (var tensor in Pair("final_layer_norm", "norm", d)) yield return tensor;
    }

    protected override IEnumerable<(string Name, JsonNode? Value)> OwnConfig(ModelShape shape) =>
    [
        ("hidden_size", shape.Width), ("intermediate_size", shape.HiddenWidth), ("num_hidden_layers", shape.Layers),
        ("num_attention_heads", shape.Heads), ("hidden_act", ActivationName(shape.Mlp)),
        ("max_position_embeddings", shape.Context), ("layer_norm_eps", shape.Epsilon),
        ("rotary_emb_base", Real(shape.RotaryBase)), ("rotary_pct", Real(shape.RotaryShare)),
        ("rope_scaling", null), ("rope_parameters", RotaryParameters(shape)), ("use_parallel_residual", shape.ParallelBlocks), ("attention_bias", true),
        ("attention_dropout", Real(0)), ("hidden_dropout", Real(0)),
    ];

    /// <summary>
    /// Rows in the order there: of each head its queries, keys and values. There the first numbers of a head are
    /// turned, half against half of these; here pairs are half a head apart, so the halves of those that are turned lie
    /// each before half of those that are not. Queries and keys lie alike, which leaves their products as they are.
    /// </summary>
    private static List<LayoutRows> HeadByHead(ModelShape shape, string parameter)
    {
        long head = shape.HeadWidth, half = head / 2, turned = shape.RotaryWidth / 2, still = half - turned;
        var rows = new List<LayoutRows>();
        for (var number = 0; number < shape.Heads; number++)
        {
            foreach (var start in (long[])[number * head, shape.Width + (number * head)])
            {
                rows.Add(new(parameter, start, turned));
                rows.Add(new(parameter, start + half, turned));
                if (still == 0) continue;
                rows.Add(new(parameter, start + turned, still));
                rows.Add(new(parameter, start + half + turned, still));
            }

            rows.Add(new(parameter, (2L * shape.Width) + (number * head), head));
        }

        return rows;
    }
}
