namespace ScalingLab.Runs;

/// <summary>How the model knows the order of its tokens.</summary>
public enum PositionKind
{
    /// <summary>Rotary embedding of queries and keys (Su et al. 2021, arXiv 2104.09864).</summary>
    Rotary,

    /// <summary>A learned vector per position, added to the token embedding (GPT-2).</summary>
    Learned,

    /// <summary>No position information but the causal mask.</summary>
    None,
}

/// <summary>The feed-forward half of a block.</summary>
public enum MlpKind
{
    /// <summary>width -> 4 width -> GELU -> width.</summary>
    Gelu,

    /// <summary>SwiGLU (Shazeer 2020, arXiv 2002.05202): two products of 8/3 width, rounded up to a multiple of 8, one gating the other.</summary>
    Swiglu,
}

/// <summary>Whether the output head shares the token embedding's matrix.</summary>
public enum HeadKind
{
    /// <summary>A matrix of its own, initialised to zero.</summary>
    Untied,

    /// <summary>The token embedding, transposed.</summary>
    Tied,
}

/// <summary>
/// The shape of a decoder-only transformer: pre-norm RMSNorm blocks of causal attention and an MLP, no biases.
/// Everything that decides the tensors' sizes is here, nothing else.
/// </summary>
public sealed record ModelShape
{
    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream, d_model.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads; <see cref="Width"/> is divisible by it.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens in a sequence, T.</summary>
    public required int Context { get; init; }

    /// <summary>Kind of feed-forward layer.</summary>
    public MlpKind Mlp { get; init; } = MlpKind.Gelu;

    /// <summary>Own or shared output matrix.</summary>
    public HeadKind Head { get; init; } = HeadKind.Untied;

    /// <summary>Kind of position information.</summary>
    public PositionKind Positions { get; init; } = PositionKind.Rotary;

    /// <summary>Width of one head.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int HeadWidth => Width / Heads;

    /// <summary>Width of the MLP's hidden layer.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int HiddenWidth => Mlp == MlpKind.Gelu ? 4 * Width : ((8 * Width / 3) + 7) / 8 * 8;

    /// <summary>Every reason why no model can have this shape; empty if one can. Each names the field and what to do.</summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (Layers < 1) yield return ("layers", $"is {Layers}; a model has at least 1 layer");
        if (Width < 2) yield return ("width", $"is {Width}; a model is at least 2 wide");
        if (Heads < 1) yield return ("heads", $"is {Heads}; attention has at least 1 head");
        if (Vocabulary < 2) yield return ("vocabulary", $"is {Vocabulary}; a model knows at least 2 tokens");
        if (Context < 2) yield return ("context", $"is {Context}; a sequence has at least 2 tokens");
        if (Width >= 2 && Heads >= 1 && Width % Heads != 0)
            yield return ("heads", $"width {Width} is not divisible by {Heads} heads; try {NearestDivisor(Width, Heads)} heads");
        else if (Positions == PositionKind.Rotary && Heads >= 1 && Width / Heads % 2 != 0)
            yield return ("heads", $"rotary positions turn pairs, but width {Width} over {Heads} heads gives odd heads of {Width / Heads}");
    }

    private static int NearestDivisor(int width, int wanted) =>
        Enumerable.Range(1, width).Where(h => width % h == 0 && (width / h) % 2 == 0).DefaultIfEmpty(1).MinBy(h => Math.Abs(h - wanted));
}
