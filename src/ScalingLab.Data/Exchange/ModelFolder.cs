using System.Text.Json;
using ScalingLab.Data.Safetensors;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Exchange;

/// <summary>
/// A model in a folder as transformers saves it: config.json, safetensors, tokenizer.json. When it is opened, every
/// tensor was found to be there with its size and type; no number of one has been read.
/// </summary>
public sealed class ModelFolder
{
    /// <summary>What makes a folder one of a model.</summary>
    public const string ConfigName = "config.json";

    private const int MostLayers = 4096;
    private const long MostAngles = 1L << 26; // of rotary positions: context x head width

    private ModelFolder(string folder, ModelLayout layout, ModelShape shape,
        IReadOnlyList<(LayoutTensor Layout, string File, TensorEntry Entry)> tensors, int? begin, int? end) =>
        (Folder, Layout, Shape, Tensors, BeginOfText, EndOfText) = (folder, layout, shape, tensors, begin, end);

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>How its files name and lay out a model.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The model.</summary>
    public ModelShape Shape { get; }

    /// <summary>Every tensor of the model: as its layout has it, and where its numbers are.</summary>
    public IReadOnlyList<(LayoutTensor Layout, string File, TensorEntry Entry)> Tensors { get; }

    /// <summary>The token that stands before a text (bos_token_id); null where none is named.</summary>
    public int? BeginOfText { get; }

    /// <summary>The token that ends a text (eos_token_id, the first of several); null where none is named.</summary>
    public int? EndOfText { get; }

    /// <summary>Whether a folder holds a model, by its files' names.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Reads what the files say of the model and of its tensors.</summary>
    /// <exception cref="DataException">It is none that can be read here: every problem.</exception>
    public static ModelFolder Open(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        using var json = Parse(path);
        try
        {
            return Open(folder, path, json.RootElement);
        }
        catch (InvalidOperationException e)
        {
            throw new DataException($"{path}: cannot be read: {e.Message}", e); // half a character in a text
        }
    }

    /// <summary>The folder's tokenizer.</summary>
    /// <exception cref="DataException">tokenizer.json is missing, cannot be read here, or has more tokens than the
    /// model.</exception>
    public Tokenizer LoadTokenizer()
    {
        var path = Path.Combine(Folder, TokenizerFiles.HuggingFaceName);
        var tokenizer = TokenizerFiles.Load(path);
        // one that the file does not name is added as the last number, and a model need not know it
        var tokens = EndOfText is null || EndOfText == tokenizer.EndOfDocument ? tokenizer.Vocabulary
            : tokenizer.Vocabulary - 1;
        return tokens <= Shape.Vocabulary ? tokenizer : throw new DataException(
            $"{path}: has {tokens} tokens, and the model knows {Shape.Vocabulary}.");
    }

    private static ModelFolder Open(string folder, string path, JsonElement root)
    {
        var config = new ConfigReader(path, root);
        var type = config.Text("model_type");
        var layout = ModelLayout.All.FirstOrDefault(known => known.ModelType == type)
            ?? throw new DataException($"{path}: model_type is {type ?? "missing"}; "
                + $"{string.Join(", ", ModelLayout.All.Select(known => known.ModelType))} are read.");
        if (root.TryGetProperty("quantization_config", out var quantized)
            && quantized.ValueKind != JsonValueKind.Null)
            config.Problem("quantization_config", "is given; weights of 16 and 32 bits are read");
        var shape = layout.Shape(config);
        var (begin, end) = (config.Token("bos_token_id"), config.Token("eos_token_id"));
        if (config.Problems.Count == 0) CheckShape(config, shape, begin, end);
        if (config.Problems.Count > 0) throw new DataException(config.Problems);
        return new(folder, layout, shape, Match(folder, layout, shape), begin, end);
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            var json = JsonDocument.Parse(InputFile.OpenText(path, FileKind.Settings));
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
            json.Dispose();
            throw new DataException($"{path}: holds no object.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{Path.GetDirectoryName(path)}: holds no {ConfigName}; name the folder of a model "
                + "as transformers saves it ('lab model export RUN FOLDER' makes one of a finished run).", e);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static void CheckShape(ConfigReader config, ModelShape shape, int? begin, int? end)
    {
        foreach (var (field, problem) in shape.Problems()) config.Problem(field, problem);
        if (shape.Layers > MostLayers) config.Problem("layers", $"are {shape.Layers}; at most {MostLayers} are read");
        if (config.Problems.Count == 0 && (long)shape.Context * shape.HeadWidth > MostAngles)
            config.Problem("max_position_embeddings", $"is {shape.Context}, too many for heads of {shape.HeadWidth}: "
                + $"their product may be {MostAngles}");
        foreach (var (name, token) in (ReadOnlySpan<(string, int?)>)[("bos_token_id", begin), ("eos_token_id", end)])
        {
            if (token >= shape.Vocabulary)
                config.Problem(name, $"is {token}, and the vocabulary has {shape.Vocabulary} tokens");
        }
    }

    /// <summary>Each tensor of the layout with its place in the files.</summary>
    private static List<(LayoutTensor, string, TensorEntry)> Match(string folder, ModelLayout layout, ModelShape shape)
    {
        var (held, problems) = (WeightFiles.Read(folder), new List<string>());
        var matched = new List<(LayoutTensor, string, TensorEntry)>();
        var hasPrefix = held.Keys.Any(name => name.StartsWith(layout.Prefix, StringComparison.Ordinal));
        // a tied head may stand there too
        var expected = new HashSet<string>(StringComparer.Ordinal) { layout.HeadName };
        foreach (var tensor in layout.Tensors(shape))
        {
            var name = hasPrefix || tensor.Name == layout.HeadName ? tensor.Name : tensor.Name[layout.Prefix.Length..];
            expected.Add(name);
            if (!held.TryGetValue(name, out var found))
                problems.Add($"{folder}: has no tensor {name} {TensorEntry.Written(tensor.Dimensions)}.");
            else if (!found.Entry.Dimensions.SequenceEqual(tensor.Dimensions))
                problems.Add($"{found.File}: {name} is {TensorEntry.Written(found.Entry.Dimensions)}, and "
                    + $"{ConfigName} makes it {TensorEntry.Written(tensor.Dimensions)}.");
            else if (!found.Entry.IsReadable)
                problems.Add($"{found.File}: {name} has the dtype {found.Entry.Type}; F32, F16 and BF16 are read.");
            else matched.Add((tensor, found.File, found.Entry));
        }

        problems.AddRange(held.Where(tensor => !expected.Contains(tensor.Key) && !ModelLayout.IsBuffer(tensor.Key))
            .Select(tensor => $"{tensor.Value.File}: has the tensor {tensor.Key}, which {layout.Title} has not."));
        return problems.Count == 0 ? matched : throw new DataException(problems);
    }
}
