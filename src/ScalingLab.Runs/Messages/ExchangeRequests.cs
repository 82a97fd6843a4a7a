namespace ScalingLab.Runs.Messages;

/// <summary>A model to be written for other programs.</summary>
/// <param name="Model">The model.</param>
/// <param name="Folder">An empty folder that it is written into.</param>
/// <param name="AsBfloat16">Weights in bf16, in place of fp32.</param>
public sealed record ExportRequest(SavedModel Model, string Folder, bool AsBfloat16 = false);

/// <summary>The answer to an export: what its file holds.</summary>
/// <param name="Layout">For people: "GPT-2".</param>
/// <param name="Tensors">Tensors of the file.</param>
/// <param name="Bytes">Its length.</param>
public sealed record ExportedModel(string Layout, int Tensors, long Bytes);

/// <summary>Which token follows, in numbers.</summary>
/// <param name="Model">The model.</param>
/// <param name="Tokens">A text's tokens, as they are: no end of document is put before them.</param>
/// <param name="Text">The text in their place; its tokens stand after what begins a text.</param>
public sealed record LogitsRequest(SavedModel Model, IReadOnlyList<int>? Tokens = null, string? Text = null);

/// <summary>The answer for one token, in the order of the text.</summary>
/// <param name="Token">The token that the model read.</param>
/// <param name="Logits">Of every token of the vocabulary to be the next.</param>
public sealed record TokenLogits(int Token, IReadOnlyList<float> Logits);
