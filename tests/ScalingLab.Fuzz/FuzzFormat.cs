using ScalingLab.Fuzz.Formats;

namespace ScalingLab.Fuzz;

/// <summary>An input, as a file: the same bytes again are the same case.</summary>
/// <param name="Ending">Of its file's name; of a format with several kinds of file it says which.</param>
internal sealed record FuzzInput(string Ending, byte[] Bytes)
{
    /// <summary>All behind the first point of a file's name: a prepared folder's files are told apart by it.</summary>
    public static string EndingOf(string file) =>
        Path.GetFileName(file) is var name && name.IndexOf('.', StringComparison.Ordinal) is var at and >= 0
        ? name[at..] : "";
}

/// <summary>A format: how inputs of it are made from valid ones, and how the product reads them.</summary>
internal abstract class FuzzFormat : IDisposable
{
    public static IReadOnlyList<(string Name, Func<string, FuzzFormat> Create)> All { get; } =
    [
        ("grid", folder => new GridFormat(folder)),
        ("table", folder => new TableFormat(folder)),
        ("message", _ => new MessageFormat()),
        ("checkpoint", folder => new CheckpointFormat(folder)),
        ("shard", folder => new ShardFormat(folder)),
        ("tokenizer", folder => new TokenizerFormat(folder)),
        ("model", folder => new ModelFormat(folder)),
        ("corpus", folder => new CorpusFormat(folder)),
        ("task", folder => new TaskFormat(folder)),
        ("request", folder => new RequestFormat(folder)),
    ];

    /// <summary>The valid inputs that all others are made from.</summary>
    public abstract IReadOnlyList<FuzzInput> Whole { get; }

    /// <summary>Makes an input; the same state of <paramref name="random"/> always gives the same.</summary>
    public abstract FuzzInput Make(Random random);

    /// <summary>Reads it as the product does.</summary>
    /// <param name="input">The input.</param>
    /// <param name="file">The file that holds it.</param>
    /// <returns>Whether it was taken; false where it was refused as the format's bad input is.</returns>
    /// <exception cref="Exception">Anything else: a finding.</exception>
    public abstract bool Read(FuzzInput input, string file);

    public virtual void Dispose()
    {
    }
}

/// <summary>An input after which the product is not as it should be.</summary>
internal sealed class FindingException(string text) : Exception(text);
