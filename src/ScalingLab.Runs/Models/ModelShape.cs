using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ScalingLab.Runs.Models;

/// <summary>How the model knows the order of its tokens.</summary>
public enum PositionKind
{
    /// <summary>Rotary embedding of queries and keys (Su et al. 2021, arXiv 2104.09864).</summary>
    Rotary,

    /// <summary>A learned vector per position, added to the token embedding (GPT-2).</summary>
    Learned,

    /// <summary>
    /// A fixed vector of sines and cosines per position, added to the token embedding (Vaswani et al. 2017, arXiv
    /// 1706.03762, section 3.5).
    /// </summary>
    Sinusoidal,

    /// <summary>
    /// A penalty on attention's scores, linear in the distance, steeper from head to head (Press et al. 2022, arXiv
    /// 2108.12409).
    /// </summary>
    Alibi,

    /// <summary>No position information but the causal mask (Kazemnejad et al. 2023, arXiv 2305.19466).</summary>
    None,
}

/// <summary>The feed-forward half of a block.</summary>
public enum MlpKind
{
    /// <summary>width -> 4 width -> GELU -> width.</summary>
    Gelu,

    /// <summary>
    /// SwiGLU (Shazeer 2020, arXiv 2002.05202): two products of 8/3 width, rounded up to a multiple of 8, one gating
    /// the other.
    /// </summary>
    Swiglu,

    /// <summary>width -> 4 width -> squared ReLU -> width (So et al. 2021, arXiv 2109.08668).</summary>
    Relu2,

    /// <summary>
    /// As <see cref="Gelu"/>, with the tanh approximation that GPT-2 has (Hendrycks and Gimpel 2016, arXiv 1606.08415,
    /// section 2).
    /// </summary>
    GeluTanh,
}

/// <summary>What brings activations to one scale.</summary>
public enum NormKind
{
    /// <summary>Division by the root mean square, times a gain (Zhang and Sennrich 2019, arXiv 1910.07467).</summary>
    Rms,

    /// <summary>
    /// Mean taken off, division by the standard deviation, times a gain (Ba et al. 2016, arXiv 1607.06450).
    /// </summary>
    Layer,
}

/// <summary>Where a block normalises (Xiong et al. 2020, arXiv 2002.04745).</summary>
public enum NormPlacement
{
    /// <summary>What goes into attention and into the MLP, and once more before the head.</summary>
    Pre,

    /// <summary>
    /// The residual stream after each of the two, as Vaswani et al. 2017 had it; nothing more before the head.
    /// </summary>
    Post,
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
/// The shape of a decoder-only transformer: blocks of causal attention and an MLP around a residual stream. Everything
/// that decides the tensors' sizes and how they are used is here, nothing else. What came later than the first runs is
/// left out of the JSON where it has its old meaning (<see cref="DefaultValueAttribute"/>), so that a run's name does
/// not change because the language grew.
/// </summary>
public sealed record ModelShape
{
    /// <summary>Number of blocks that a token passes.</summary>
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

    /// <summary>Kind of norm.</summary>
    [DefaultValue(NormKind.Rms)]
    public NormKind Norm { get; init; }

    /// <summary>Where the norms are.</summary>
    [DefaultValue(NormPlacement.Pre)]
    public NormPlacement NormPlacement { get; init; }

    /// <summary>
    /// Query heads that share one head of keys and values (Ainslie et al. 2023, arXiv 2305.13245); 1: each its own.
    /// </summary>
    [DefaultValue(1)]
    public int HeadsPerGroup { get; init; } = 1;

    /// <summary>
    /// Whether each head's queries and keys go through an RMS norm with a gain before their product (Henry et al. 2020,
    /// arXiv 2010.04245).
    /// </summary>
    [DefaultValue(false)]
    public bool QkNorm { get; init; }

    /// <summary>Whether linear layers (not the head) and layer norms add a vector.</summary>
    [DefaultValue(false)]
    public bool Biases { get; init; }

    /// <summary>
    /// Logits are cap x tanh(logits / cap) (Gemma Team 2024, arXiv 2408.00118, section 2); 0: they are as they are.
    /// </summary>
    [DefaultValue(0.0)]
    public double LogitSoftCap { get; init; }

    /// <summary>
    /// Blocks with weights of their own, passed in turn until <see cref="Layers"/> is full; 1 is ALBERT (Lan et al.
    /// 2020, arXiv 1909.11942); 0: all.
    /// </summary>
    [DefaultValue(0)]
    public int DistinctLayers { get; init; }

    /// <summary>
    /// Width of the token embedding where it is factorised (Lan et al. 2020, section 3.1); 0: that of the stream.
    /// </summary>
    [DefaultValue(0)]
    public int EmbeddingWidth { get; init; }

    /// <summary>
    /// Width of the MLP's hidden layer where it is not that of <see cref="Mlp"/>; 0: it is. No grid varies this and
    /// what follows: models of other programs have it.
    /// </summary>
    [DefaultValue(0)]
    public int MlpWidth { get; init; }

    /// <summary>
    /// What every norm adds under the root where it is not its kind's own (1e-6 rms, 1e-5 layer); 0: it is.
    /// </summary>
    [DefaultValue(0.0)]
    public double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies (Su et al. 2021, section 3.2.2).</summary>
    [DefaultValue(DefaultRotaryBase)]
    public double RotaryBase { get; init; } = DefaultRotaryBase;

    /// <summary>
    /// Share of a head's width that is turned by its position (GPT-NeoX: Black et al. 2022, arXiv 2204.06745, section
    /// 2.1.1).
    /// </summary>
    [DefaultValue(1.0)]
    public double RotaryShare { get; init; } = 1;

    /// <summary>
    /// Whether attention and MLP of a block both read the stream before it, each through its norm (Black et al. 2022,
    /// section 2.1.2).
    /// </summary>
    [DefaultValue(false)]
    public bool ParallelBlocks { get; init; }

    /// <summary>Width of one head.</summary>
    [JsonIgnore]
    public int HeadWidth => Width / Heads;

    /// <summary>Heads of keys and of values.</summary>
    [JsonIgnore]
    public int KeyValueHeads => Heads / HeadsPerGroup;

    /// <summary>Width of all keys, and of all values.</summary>
    [JsonIgnore]
    public int KeyValueWidth => KeyValueHeads * HeadWidth;

    /// <summary>Width of the MLP's hidden layer.</summary>
    [JsonIgnore]
    public int HiddenWidth => MlpWidth > 0 ? MlpWidth
        : Mlp == MlpKind.Swiglu ? ((8 * Width / 3) + 7) / 8 * 8 : 4 * Width;

    /// <summary>What norms of the stream add under the root.</summary>
    [JsonIgnore]
    public double Epsilon => NormEpsilon > 0 ? NormEpsilon : Norm == NormKind.Rms ? RmsEpsilon : LayerEpsilon;

    /// <summary>What norms of queries and keys add under the root.</summary>
    [JsonIgnore]
    public double QkEpsilon => NormEpsilon > 0 ? NormEpsilon : RmsEpsilon;

    /// <summary>Numbers of a head that are turned by its position: an even number.</summary>
    [JsonIgnore]
    public int RotaryWidth => (int)(HeadWidth * RotaryShare) / 2 * 2;

    /// <summary>Number of blocks that have weights.</summary>
    [JsonIgnore]
    public int StoredLayers => DistinctLayers > 0 ? DistinctLayers : Layers;

    /// <summary>
    /// Whether the token embedding is narrower than the stream, with a matrix between the two at either end.
    /// </summary>
    [JsonIgnore]
    public bool IsFactorised => EmbeddingWidth > 0 && EmbeddingWidth != Width;

    /// <summary>Width of a token's embedding.</summary>
    [JsonIgnore]
    public int TokenWidth => EmbeddingWidth > 0 ? EmbeddingWidth : Width;

    private const int MaxWidth = 1 << 20;

    private const double DefaultRotaryBase = 10_000;

    /// <summary>What RMS norms add under the root (Zhang and Sennrich's authors' and LLaMA's value).</summary>
    public const double RmsEpsilon = 1e-6;

    /// <summary>What layer norms add to the variance under the root (GPT-2's and PyTorch's value).</summary>
    public const double LayerEpsilon = 1e-5;

    /// <summary>
    /// 8-bit tensor cores multiply matrices whose sides are multiples of this (cuBLASLt's requirement).
    /// </summary>
    public const int Float8Multiple = 16;

    /// <summary>Whether the head's products can be of 8-bit factors.</summary>
    [JsonIgnore]
    public bool FitsFloat8 =>
        Context % Float8Multiple == 0 && TokenWidth % Float8Multiple == 0 && Vocabulary % Float8Multiple == 0;

    /// <summary>
    /// Every reason why no model can have this shape; empty if one can. Each names the field and what to do.
    /// </summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (Layers < 1) yield return ("layers", $"is {Layers}; a model has at least 1 layer");
        if (Width < 2) yield return ("width", $"is {Width}; a model is at least 2 wide");
        if (Width > MaxWidth) yield return ("width", $"is {Width}; a model is at most {MaxWidth} wide");
        if (Heads < 1) yield return ("heads", $"is {Heads}; attention has at least 1 head");
        if (Vocabulary < 2) yield return ("vocabulary", $"is {Vocabulary}; a model knows at least 2 tokens");
        if (Context < 2) yield return ("context", $"is {Context}; a sequence has at least 2 tokens");
        if (Width >= 2 && Heads >= 1 && Width % Heads != 0)
            yield return ("heads", $"width {Width} is not divisible by {Heads} heads; try "
                + $"{NearestDivisor(Width, Heads)} heads");
        else if (Positions == PositionKind.Rotary && Heads >= 1 && Width / Heads % 2 != 0)
            yield return ("heads", $"rotary positions turn pairs, but width {Width} over {Heads} heads gives odd heads "
                + $"of {Width / Heads}");
        if (HeadsPerGroup < 1 || (Heads >= 1 && Heads % HeadsPerGroup != 0))
            yield return ("headsPerGroup", $"{Heads} heads do not fall into groups of {HeadsPerGroup}; give a divisor "
                + "of the heads");
        if (DistinctLayers < 0 || (DistinctLayers > 0 && Layers % DistinctLayers != 0))
            yield return ("distinctLayers", $"{Layers} layers are no whole number of turns through {DistinctLayers}; "
                + "give a divisor of the layers");
        if (EmbeddingWidth < 0 || EmbeddingWidth > Width)
            yield return ("embeddingWidth",
                $"is {EmbeddingWidth}; a factorised embedding is narrower than the stream of {Width}");
        if (MlpWidth is < 0 or > 8 * MaxWidth) yield return ("mlpWidth", $"is {MlpWidth}; 0 to {8 * MaxWidth} is read");
        if (!(NormEpsilon is >= 0 and < 1)) yield return ("normEpsilon", $"is {NormEpsilon}; 0 to 1 is read");
        if (!(RotaryBase > 1 && double.IsFinite(RotaryBase)))
            yield return ("rotaryBase", $"is {RotaryBase}; it is larger than 1");
        if (!(RotaryShare is > 0 and <= 1))
            yield return ("rotaryShare", $"is {RotaryShare}; it is a share of a head, more than 0 and at most 1");
        if (ParallelBlocks && NormPlacement == NormPlacement.Post)
            yield return ("parallelBlocks", "attention and MLP side by side have their norms before them");
        if (Positions == PositionKind.Sinusoidal && TokenWidth % 2 != 0)
            yield return ("positions", $"sinusoidal positions come in pairs, but the embedding is {TokenWidth} wide");
    }

    private static int NearestDivisor(int width, int wanted) =>
        Enumerable.Range(1, (int)Math.Sqrt(width)).Where(h => width % h == 0).SelectMany(h => new[] { h, width / h })
            .Where(h => width / h % 2 == 0).DefaultIfEmpty(1).MinBy(h => (Math.Abs(h - wanted), h));
}
