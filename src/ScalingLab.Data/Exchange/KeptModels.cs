using System.Security.Cryptography;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// Models that runs are distilled from or begin with, kept under the hash of what they hold: who trains such a run
/// finds the very model, whatever has become of the folder that the grid named.
/// </summary>
public static class KeptModels
{
    /// <summary>Keeps a copy of a model, unless there is one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="state">The state folder.</param>
    /// <returns>SHA-256 of its settings and weights, lower-case hexadecimal: what runs say of it.</returns>
    /// <exception cref="DataException">A file of it cannot be read, or the copy cannot be written.</exception>
    public static string Keep(ModelFolder model, string state)
    {
        string[] files =
        [
            Path.Combine(model.Folder, ModelFolder.ConfigName),
            .. model.Tensors.Select(tensor => tensor.File).Distinct().Order(StringComparer.Ordinal),
        ];
        var index = Path.Combine(model.Folder, WeightFiles.IndexName);
        if (File.Exists(index)) files = [.. files, index];
        try
        {
            var hash = ModelStamp.Find(state, files) ?? Hash(files);
            var kept = FolderOf(state, hash);
            if (!Directory.Exists(kept)) Copy(files, kept);
            ModelStamp.Leave(state, files, hash);
            return hash;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{model.Folder}: cannot be kept in {state}: {e.Message}", e);
        }
    }

    /// <summary>Where a model is kept; null where it is not.</summary>
    public static string? Find(string state, string hash) =>
        FolderOf(state, hash) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>What keeps a model from teaching one of that text, or from being trained on; nothing where it
    /// can.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The text's.</param>
    /// <param name="context">The longest window that it would read.</param>
    public static IEnumerable<string> Obstacles(ModelFolder model, Tokenizer tokenizer, int context)
    {
        if (model.Shape.Context < context)
            yield return $"{model.Folder}: reads {model.Shape.Context} tokens at most, and the runs {context}";
        if (model.Shape.Vocabulary != tokenizer.Vocabulary)
            yield return $"{model.Folder}: has {model.Shape.Vocabulary} tokens, and the text's tokenizer "
                + $"{tokenizer.Vocabulary}: both must have the same tokens";
        else if (FirstDifference(model.LoadTokenizer(), tokenizer) is { } token)
            yield return $"{model.Folder}: its token {token} is another than the text's: both must have the "
                + "same tokens";
    }

    private static int? FirstDifference(Tokenizer its, Tokenizer texts)
    {
        for (var token = 0; token < Math.Min(its.Vocabulary, texts.Vocabulary); token++)
            if (!its.Bytes(token).SequenceEqual(texts.Bytes(token))) return token;
        return null;
    }

    private static string FolderOf(string state, string hash) => Path.Combine(state, "models", hash[..16]);

    private static string Hash(IEnumerable<string> files)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in files)
        {
            using var file = InputFile.Open(path, FileKind.Weights);
            sha.AppendData(SHA256.HashData(file));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>The folder is there whole or not at all.</summary>
    private static void Copy(IEnumerable<string> files, string into)
    {
        var beside = $"{into}.{Environment.ProcessId}";
        Directory.CreateDirectory(beside);
        foreach (var file in files) File.Copy(file, Path.Combine(beside, Path.GetFileName(file)), overwrite: true);
        try
        {
            Directory.Move(beside, into);
        }
        catch (IOException) when (Directory.Exists(into))
        {
            Directory.Delete(beside, recursive: true); // another was faster
        }
    }
}
