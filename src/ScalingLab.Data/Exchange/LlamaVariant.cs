namespace ScalingLab.Data.Exchange;

/// <summary>
/// An architecture of transformers that is Llama's but for a gate or norms of queries and keys: each is a model type of
/// its own there.
/// </summary>
/// <param name="ModelType">model_type of config.json.</param>
/// <param name="Title">For messages.</param>
/// <param name="Architecture">The class of transformers that reads it.</param>
/// <param name="IsGated">Whether the MLP is SwiGLU.</param>
/// <param name="HasQkNorm">Whether each head's queries and keys go through an RMS norm.</param>
internal sealed record LlamaVariant(
    string ModelType, string Title, string Architecture, bool IsGated, bool HasQkNorm)
{
    public static LlamaVariant Llama { get; } = new("llama", "Llama", "LlamaForCausalLM", true, false);

    public static LlamaVariant Arcee { get; } = new("arcee", "Arcee", "ArceeForCausalLM", false, false)
    {
        UsualEpsilon = 1e-5, UsualActivation = "relu2",
    };

    public static LlamaVariant Qwen3 { get; } = new("qwen3", "Qwen3", "Qwen3ForCausalLM", true, true)
    {
        UsualHeadWidth = 128,
    };

    public static LlamaVariant Apertus { get; } = new("apertus", "Apertus", "ApertusForCausalLM", false, true)
    {
        UsualEpsilon = 1e-5, UsualActivation = "xielu", UsualRotaryBase = 12e6, NeedsRotaryParameters = true,
        AttentionNorm = "attention_layernorm", MlpNorm = "feedforward_layernorm",
    };

    /// <summary>rms_norm_eps where config.json has none.</summary>
    public double UsualEpsilon { get; init; } = 1e-6;

    /// <summary>hidden_act where config.json has none.</summary>
    public string UsualActivation { get; init; } = "silu";

    /// <summary>rope_theta where config.json has none.</summary>
    public double UsualRotaryBase { get; init; } = 10_000;

    /// <summary>head_dim where config.json has none; null: width over heads.</summary>
    public int? UsualHeadWidth { get; init; }

    /// <summary>Whether transformers scales frequencies where config.json does not say how.</summary>
    public bool NeedsRotaryParameters { get; init; }

    /// <summary>The norm before attention.</summary>
    public string AttentionNorm { get; init; } = "input_layernorm";

    /// <summary>The norm before the MLP.</summary>
    public string MlpNorm { get; init; } = "post_attention_layernorm";

    /// <summary>Whether every linear layer may have a bias.</summary>
    public bool MayHaveBiases => !HasQkNorm;
}
