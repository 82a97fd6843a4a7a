using System.Text;
using ScalingLab.Data;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Parsing;
using ScalingLab.Training.Inference;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker;

/// <summary>Questions to a finished run's model: one JSON line in, a JSON line for each answer out.</summary>
internal static class ModelQueries
{
    /// <summary>Loss, bits per byte and perplexity of each text.</summary>
    public static int Evaluate(TextReader input, MessageChannel protocol) => Answer(() =>
    {
        var question = Order.Read<TextLossRequest>(input);
        var tokenizer = TrainedModel.LoadTokenizer(question.Model);
        using var model = new TrainedModel(question.Model);
        foreach (var file in question.Files)
        {
            var text = InputFile.OpenText(file, FileKind.Text);
            var tokens = tokenizer.Encode(text);
            if (tokens.Length == 0) throw new DataException($"{file} is empty");
            var (bytes, nats) =
                (Encoding.UTF8.GetByteCount(text),
                    model.SummedCrossEntropy(tokens, tokenizer.EndOfDocument, question.Stride));
            var loss = nats / tokens.Length;
            protocol.WriteLine(RunJson.Serialize(new TextLoss(
                file, tokens.Length, bytes, loss, LossUnits.BitsPerByte(loss, (double)bytes / tokens.Length),
                LossUnits.Perplexity(loss))));
        }
    });

    /// <summary>Texts that go on from a prompt, piece by piece.</summary>
    public static int Sample(TextReader input, MessageChannel protocol) => Answer(() =>
    {
        var question = Order.Read<SampleRequest>(input);
        var tokenizer = TrainedModel.LoadTokenizer(question.Model);
        using var model = new TrainedModel(question.Model);
        model.DrawBelow(tokenizer.Vocabulary);
        var prompt = tokenizer.Encode(question.Prompt);
        for (var sample = 0; sample < question.Samples; sample++)
        {
            var sampler =
                new TokenSampler(question.Temperature, question.TopK, question.TopP, unchecked(question.Seed + sample));
            var decoder = Encoding.UTF8.GetDecoder(); // a character's bytes may come in several tokens
            var characters = new char[256];
            foreach (var token in model.Generate(prompt, tokenizer.EndOfDocument, question.Tokens, sampler))
            {
                var bytes = tokenizer.Bytes(token);
                if (bytes.Length >= characters.Length) characters = new char[bytes.Length + 1];
                var count = decoder.GetChars(bytes, characters, flush: false);
                if (count > 0)
                    protocol.WriteLine(RunJson.Serialize(new SampledText(sample, new string(characters, 0, count))));
            }

            var rest = decoder.GetChars([], characters, flush: true);
            protocol.WriteLine(
                RunJson.Serialize(new SampledText(sample, new string(characters, 0, rest), Ended: true)));
        }
    });

    /// <summary>Does the work; what is wrong with what was asked goes to standard error.</summary>
    /// <returns>The exit code.</returns>
    internal static int Answer(Action answer)
    {
        try
        {
            answer();
            return 0;
        }
        catch (Exception e)
            when (e is DataException or IOException or UnauthorizedAccessException or InvalidDataException
                or System.Text.Json.JsonException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }
}
