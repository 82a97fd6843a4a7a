using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;

namespace ScalingLab.Data.Exchange;

/// <summary>How texts become tokens for a model.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Begin">The token before a text.</param>
/// <param name="End">The token that ends one.</param>
public sealed record ModelText(Tokenizer Tokenizer, int Begin, int End)
{
    /// <summary>
    /// That of a run, whose texts begin and end with an end of document, or of an imported model, which may name other
    /// tokens for it.
    /// </summary>
    /// <exception cref="DataException">The tokenizer is not there, or cannot be read here.</exception>
    public static ModelText Of(SavedModel model)
    {
        if (model.Spec is not null)
            return Of(PreparedData.Load(model.DataFolder, checkTokens: false).LoadTokenizer(), null, null);
        var folder = ModelFolder.Open(model.DataFolder);
        return Of(folder.LoadTokenizer(), folder.BeginOfText, folder.EndOfText);

        static ModelText Of(Tokenizer tokenizer, int? begin, int? end) =>
            new(tokenizer, begin ?? tokenizer.EndOfDocument, end ?? tokenizer.EndOfDocument);
    }
}

/// <summary>Writes what transformers wants beside the weights: settings of model, generation and tokenizer.</summary>
public static class ModelSettings
{
    /// <summary>The name of the file of weights.</summary>
    public const string WeightsName = WeightFiles.Name;

    /// <summary>The layout that says a model exactly.</summary>
    /// <exception cref="InputException">There is none: every field that stands in the way of the nearest.</exception>
    public static ModelLayout RequireLayout(ModelShape shape)
    {
        if (ModelLayout.Find(shape) is { } layout) return layout;
        var nearest = ModelLayout.Nearest(shape);
        throw new InputException([.. nearest.Obstacles(shape).Select((obstacle, at) => new Problem(
            $"recipe.{obstacle.Field}", obstacle.Problem
                + (at == 0 ? $" ({nearest.Title} is the nearest of the architectures that can be written)" : "")))]);
    }

    /// <summary>Writes config.json, generation_config.json, tokenizer.json and tokenizer_config.json.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Write(string folder, ModelLayout layout, ModelShape shape, ModelText text, bool isBfloat16)
    {
        Put(folder, ModelFolder.ConfigName, layout.Config(shape, text, isBfloat16));
        Put(folder, "generation_config.json", new() { ["bos_token_id"] = text.Begin, ["eos_token_id"] = text.End });
        TokenizerFiles.SaveHuggingFace(text.Tokenizer, Path.Combine(folder, TokenizerFiles.HuggingFaceName));
        Put(folder, "tokenizer_config.json", new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = shape.Context,
            ["bos_token"] = TokenizerFiles.SpecialName(text.Tokenizer, text.Begin),
            ["eos_token"] = TokenizerFiles.SpecialName(text.Tokenizer, text.End),
            ["clean_up_tokenization_spaces"] = false,
        });
    }

    // "<|endoftext|>" as it is: the files are data, not part of a page
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void Put(string folder, string name, JsonObject settings) =>
        File.WriteAllText(Path.Combine(folder, name), settings.ToJsonString(Readable) + "\n");
}
