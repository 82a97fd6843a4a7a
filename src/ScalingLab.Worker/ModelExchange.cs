using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Training.Inference;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker;

/// <summary>Models for other programs, and numbers to compare them by: one JSON line in, a line for each
/// answer out.</summary>
internal static class ModelExchange
{
    /// <summary>Writes a model with its tokenizer and settings into a folder.</summary>
    public static int Export(TextReader input, MessageChannel protocol) => ModelQueries.Answer(() =>
    {
        var asked = Order.Read<ExportRequest>(input);
        var (shape, text) = (asked.Model.Shape, ModelText.Of(asked.Model));
        var layout = ModelLayout.Find(shape)
            ?? throw new DataException([.. ModelLayout.Nearest(shape).Obstacles(shape)
                .Select(obstacle => $"{obstacle.Field} {obstacle.Problem}")]);
        using var model = new TrainedModel(asked.Model);
        ModelSettings.Write(asked.Folder, layout, shape, text, asked.AsBfloat16);
        var bytes = model.Export(Path.Combine(asked.Folder, ModelSettings.WeightsName), layout, asked.AsBfloat16);
        protocol.WriteLine(RunJson.Serialize(new ExportedModel(layout.Title, layout.Tensors(shape).Count, bytes)));
    });

    /// <summary>Logits after each of some tokens.</summary>
    public static int Logits(TextReader input, MessageChannel protocol) => ModelQueries.Answer(() =>
    {
        var asked = Order.Read<LogitsRequest>(input);
        using var model = new TrainedModel(asked.Model);
        var tokens = asked.Tokens;
        if (asked.Text is { } text)
        {
            var tokenizer = TrainedModel.LoadTokenizer(asked.Model);
            tokens = [model.Begin(tokenizer.EndOfDocument), .. tokenizer.Encode(text)];
        }

        var (context, vocabulary) = (asked.Model.Shape.Context, asked.Model.Shape.Vocabulary);
        if (tokens is not { Count: > 0 }) throw new DataException("no tokens were given");
        if (tokens.Count > context)
            throw new DataException($"{tokens.Count} tokens were given; the context has room for {context}");
        List<string> problems = [.. tokens.Where(token => token < 0 || token >= vocabulary)
            .Select(token => $"{token} is no token of this model: they are 0 to {vocabulary - 1}")];
        if (problems.Count > 0) throw new DataException(problems);
        foreach (var (token, logits) in tokens.Zip(model.Logits(tokens)))
            protocol.WriteLine(RunJson.Serialize(new TokenLogits(token, logits)));
    });
}
