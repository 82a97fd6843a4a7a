using System.Text.Encodings.Web;
using System.Text.Json;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>How a task is made of texts: what is read of each, and between how many endings a model chooses.</summary>
/// <param name="Words">Words of a text that the model reads.</param>
/// <param name="EndingWords">Words of an ending.</param>
/// <param name="Choices">Endings to choose from, the text's own among them.</param>
/// <param name="Seed">Seeds which the others are, and their order.</param>
public sealed record ClozeOptions(int Words = 20, int EndingWords = 6, int Choices = 4, int Seed = 1);

/// <summary>
/// Questions made of texts alone: which of several endings is a text's own? The others are those of other texts, so
/// each is good language, and what tells them apart is what went before. Guessing gets one in so many.
/// </summary>
public static class ClozeQuestions
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Question(string Query, IReadOnlyList<string> Choices, int Gold);

    /// <summary>Lines of the kind "choices", a question for each text that has enough words.</summary>
    /// <param name="texts">Each from its beginning.</param>
    /// <param name="options">What is made of them.</param>
    public static IReadOnlyList<string> Make(IReadOnlyList<string> texts, ClozeOptions options)
    {
        var parts = texts.Select(text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= options.Words + options.EndingWords)
            .Select(words => (Query: string.Join(' ', words.Take(options.Words)),
                Ending: string.Join(' ', words.Skip(options.Words).Take(options.EndingWords)))).ToList();
        var random = new Random(options.Seed);
        var endings = parts.Select(part => part.Ending).Distinct().ToArray();
        if (endings.Length < options.Choices) return [];
        return [.. parts.Select(part =>
        {
            var others = new HashSet<string>();
            while (others.Count < options.Choices - 1)
            {
                var other = endings[random.Next(endings.Length)];
                if (other != part.Ending) others.Add(other);
            }

            var gold = random.Next(options.Choices);
            List<string> choices = [.. others];
            choices.Insert(gold, part.Ending);
            return JsonSerializer.Serialize(new Question(part.Query, choices, gold), Json);
        })];
    }
}
