using System.Text.Encodings.Web;
using System.Text.Json;
using ScalingLab.Evaluation.Results;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Lab.Evaluations;

/// <summary>All that was measured of a model, as <c>--json</c> writes it.</summary>
/// <param name="Model">The run, or the folder of a model from elsewhere.</param>
/// <param name="Parameters">Of its model.</param>
/// <param name="Tokens">That it was trained on; null where another program trained it.</param>
/// <param name="Texts">Losses of texts.</param>
/// <param name="Tasks">What it can do, with the scores of each document.</param>
public sealed record EvalDocument(
    string Model, long Parameters, long? Tokens, IReadOnlyList<TextLoss> Texts, IReadOnlyList<TaskResult> Tasks)
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";
}
