using System.Text.Json.Serialization;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Messages;

/// <summary>
/// A model, where it lies: what a worker needs to ask it something. A finished run's, or one that another program saved
/// in a folder of its own.
/// </summary>
public sealed record SavedModel
{
    /// <summary>The run; null where another program saved the model.</summary>
    public RunSpec? Spec { get; init; }

    /// <summary>What the model is.</summary>
    [JsonIgnore]
    public ModelShape Shape => Spec?.Shape ?? Imported
        ?? throw new InvalidOperationException("a saved model is a run's or an imported one");

    /// <summary>The shape of a model that another program saved; null of a run's.</summary>
    public ModelShape? Imported { get; init; }

    /// <summary>Folder of its checkpoints, the newest is the model; of an imported model its own.</summary>
    public required string CheckpointFolder { get; init; }

    /// <summary>Folder of the prepared data, for the tokenizer; of an imported model its own.</summary>
    public required string DataFolder { get; init; }

    /// <summary>For messages: the run's id, or the folder.</summary>
    [JsonIgnore]
    public string Name => Spec?.Id.Value ?? CheckpointFolder;

    /// <summary>CPU threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>"cpu" or "cuda:0".</summary>
    public string Device { get; init; } = "cpu";
}

/// <summary>How much a model is surprised by texts.</summary>
/// <param name="Model">The model.</param>
/// <param name="Files">Text files, UTF-8.</param>
/// <param name="Stride">
/// New tokens in each window: the context counts each token once with at least one token before it, as the validation
/// loss does; less gives every token a longer past, at the cost of more work.
/// </param>
public sealed record TextLossRequest(SavedModel Model, IReadOnlyList<string> Files, int Stride);

/// <summary>How a model was surprised by one text.</summary>
/// <param name="File">The text.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Bytes">Its UTF-8 bytes.</param>
/// <param name="Loss">Mean cross-entropy, nats/token.</param>
/// <param name="BitsPerByte">The same in bits per byte of text: comparable between tokenizers.</param>
/// <param name="Perplexity">exp(loss).</param>
public sealed record TextLoss(string File, long Tokens, long Bytes, double Loss, double BitsPerByte, double Perplexity);

/// <summary>A text to go on with.</summary>
/// <param name="Model">The model.</param>
/// <param name="Prompt">How it begins; empty: as a document begins.</param>
/// <param name="Tokens">Most tokens to draw; a document that ends sooner is shorter.</param>
/// <param name="Samples">How many texts.</param>
/// <param name="Temperature">Divides the logits; 0 always takes the likeliest token.</param>
/// <param name="TopK">Only that many likeliest tokens are drawn from (Fan et al. 2018, arXiv 1805.04833); 0:
/// all.</param>
/// <param name="TopP">Only the likeliest tokens that together have this probability (Holtzman et al. 2020, arXiv
/// 1904.09751); 1: all.</param>
/// <param name="Seed">Seeds the draws.</param>
public sealed record SampleRequest(
    SavedModel Model, string Prompt, int Tokens, int Samples, double Temperature, int TopK, double TopP, int Seed);

/// <summary>A piece of a sampled text, in the order drawn.</summary>
/// <param name="Sample">Which text, from 0.</param>
/// <param name="Text">What is new of it.</param>
/// <param name="Ended">Whether it is the last piece.</param>
public sealed record SampledText(int Sample, string Text, bool Ended = false);
