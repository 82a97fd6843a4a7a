namespace ScalingLab.Runs.Models;

/// <summary>A named shape: vocabulary comes from the tokenizer, context may be set by the grid.</summary>
/// <param name="Name">Its name in a grid.</param>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Width">Width of the stream.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Context">Context where the grid gives none.</param>
public sealed record ModelPreset(string Name, int Layers, int Width, int Heads, int Context)
{
    /// <summary>What else the shape has that others have not, as a change to the plain one.</summary>
    public Func<ModelShape, ModelShape> Architecture { get; init; } = shape => shape;

    /// <summary>
    /// Token ids of the model that it has the shape of, whose vocabulary is most of its parameters; null of plain
    /// shapes.
    /// </summary>
    public int? OriginalVocabulary { get; init; }

    /// <summary>Parameters with that vocabulary, the number that people know it by; null of plain shapes.</summary>
    public long? OriginalParameters =>
        OriginalVocabulary is { } vocabulary ? ParameterCount.For(Shape(vocabulary)).Total : null;

    /// <summary>The preset as a shape.</summary>
    public ModelShape Shape(int vocabulary, int? context = null) => Architecture(
        new ModelShape
        { Layers = Layers, Width = Width, Heads = Heads, Vocabulary = vocabulary, Context = context ?? Context });
}

/// <summary>
/// Shapes under names. Micro shapes are named by their total parameters with a vocabulary of 1,024 and an untied head;
/// the ladder (width = 64 x depth, heads of 64, 4x MLP) by blocks and head with a vocabulary of 32,768. The named
/// models are known ones as decoders: their shape, positions, norms, biases and head, trained here on the grid's text
/// with the grid's tokenizer and recipe. Where the original is an encoder with post-norm, distilled from another
/// (DistilBERT, MiniLM; ALBERT is only the former), they are pre-norm decoders that learn from text; Pythia's rotation
/// of a quarter of each head is a rotation of the whole, and its attention and MLP follow each other instead of
/// standing side by side.
/// </summary>
public static class ModelPresets
{
    /// <summary>Plain shapes, smallest first.</summary>
    public static IReadOnlyList<ModelPreset> Ladder { get; } =
    [
        new("micro-28k", 2, 12, 1, 64),
        new("micro-39k", 2, 16, 1, 64),
        new("micro-63k", 2, 24, 1, 64),
        new("micro-90k", 2, 32, 2, 64),
        new("micro-154k", 2, 48, 3, 64),
        new("micro-278k", 3, 64, 4, 64),
        new("micro-394k", 3, 80, 2, 64),
        new("micro-528k", 3, 96, 3, 64),
        new("micro-1m", 4, 128, 4, 256),
        new("micro-2m", 4, 192, 6, 256),
        new("micro-5m", 6, 256, 8, 256),
        new("23m", 6, 384, 6, 1024),
        new("31m", 7, 448, 7, 1024),
        new("42m", 8, 512, 8, 1024),
        new("55m", 9, 576, 9, 1024),
        new("70m", 10, 640, 10, 1024),
        new("88m", 11, 704, 11, 1024),
        new("110m", 12, 768, 12, 1024),
        new("135m", 13, 832, 13, 1024),
        new("164m", 14, 896, 14, 1024),
    ];

    /// <summary>
    /// Models that people know (Radford et al. 2019; Sanh et al. 2019; Wang et al. 2020; Lan et al. 2020; Biderman et
    /// al. 2023), smallest first by name.
    /// </summary>
    public static IReadOnlyList<ModelPreset> Known { get; } =
    [
        new("gpt2-small", 12, 768, 12, 1024) { Architecture = Gpt2, OriginalVocabulary = 50_257 },
        new("distil-size", 6, 768, 12, 512) { Architecture = Gpt2, OriginalVocabulary = 30_522 },
        new("minilm-size", 12, 384, 12, 512) { Architecture = Gpt2, OriginalVocabulary = 30_522 },
        new("albert-size", 12, 768, 12, 512)
        {
            Architecture = shape => Gpt2(shape) with { DistinctLayers = 1, EmbeddingWidth = 128 },
            OriginalVocabulary = 30_000,
        },
        new("pythia-14m", 6, 128, 4, 2048) { Architecture = Pythia, OriginalVocabulary = 50_304 },
        new("pythia-31m", 6, 256, 8, 2048) { Architecture = Pythia, OriginalVocabulary = 50_304 },
        new("pythia-70m", 6, 512, 8, 2048) { Architecture = Pythia, OriginalVocabulary = 50_304 },
        new("pythia-160m", 12, 768, 12, 2048) { Architecture = Pythia, OriginalVocabulary = 50_304 },
    ];

    /// <summary>All presets.</summary>
    public static IReadOnlyList<ModelPreset> All { get; } = [.. Ladder, .. Known];

    /// <summary>The preset of that name, or null.</summary>
    public static ModelPreset? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    private static ModelShape Gpt2(ModelShape shape) => shape with
    {
        Positions = PositionKind.Learned,
        Norm = NormKind.Layer,
        Biases = true,
        Mlp = MlpKind.Gelu,
        Head = HeadKind.Tied,
    };

    private static ModelShape Pythia(ModelShape shape) =>
        shape with { Norm = NormKind.Layer, Biases = true, Mlp = MlpKind.Gelu, Head = HeadKind.Untied };
}
