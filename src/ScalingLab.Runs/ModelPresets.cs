namespace ScalingLab.Runs;

/// <summary>A named shape: vocabulary comes from the tokenizer, context may be set by the grid.</summary>
public sealed record ModelPreset(string Name, int Layers, int Width, int Heads, int Context)
{
    /// <summary>The preset as a shape.</summary>
    public ModelShape Shape(int vocabulary, int? context = null) =>
        new() { Layers = Layers, Width = Width, Heads = Heads, Vocabulary = vocabulary, Context = context ?? Context };
}

/// <summary>
/// Shapes under names. Micro shapes are named by their total parameters with a vocabulary of 1,024 and an untied head; the ladder
/// (width = 64 x depth, heads of 64, 4x MLP) by blocks and head with a vocabulary of 32,768.
/// </summary>
public static class ModelPresets
{
    /// <summary>All presets, smallest first.</summary>
    public static IReadOnlyList<ModelPreset> All { get; } =
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

    /// <summary>The preset of that name, or null.</summary>
    public static ModelPreset? Find(string name) => All.FirstOrDefault(p => p.Name == name);
}
