using System.Text.RegularExpressions;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>
/// What a model is asked of a document of each kind: the prompts of lm-evaluation-harness (Gao et al., version 0.4),
/// word for word.
/// </summary>
internal static partial class TaskShapes
{
    private sealed record Shape(TaskKind Kind, string[] Fields, Func<TaskLine, int, TaskDocument?> Read);

    private static readonly Shape[] All =
    [
        new(TaskKind.Hellaswag, ["activity_label", "ctx_a", "ctx_b", "endings", "label"], Hellaswag),
        new(TaskKind.Arc, ["question", "choices", "answerKey"], Arc),
        new(TaskKind.Squad, ["context", "question", "answers"], Squad),
        new(TaskKind.Piqa, ["goal", "sol1", "sol2", "label"], Piqa),
        new(TaskKind.Choices, ["query", "choices", "gold"], Choices),
        new(TaskKind.Lambada, ["text"], Lambada),
    ];

    /// <summary>The kind whose fields are all there; null where none's are.</summary>
    public static TaskKind? KindOf(TaskLine line) => All.FirstOrDefault(s => s.Fields.All(line.Has))?.Kind;

    /// <summary>The fields of each kind, for people.</summary>
    public static string Describe() =>
        string.Join("; ", All.Select(s => $"{s.Kind.ToString().ToLowerInvariant()} {string.Join(", ", s.Fields)}"));

    /// <summary>A document of that kind; null where something is wrong with it, which the line has told.</summary>
    public static TaskDocument? Read(TaskKind kind, TaskLine line, int number) =>
        All.First(s => s.Kind == kind).Read(line, number);

    private static ChoiceDocument? Hellaswag(TaskLine line, int number)
    {
        var (activity, before, after) = (line.Text("activity_label"), line.Text("ctx_a"), line.Text("ctx_b", true));
        var endings = line.Texts("endings", 2);
        if (line.Choice("label", endings?.Count) is not { } gold) return null;
        if (activity is null || before is null || after is null || endings is null) return null;
        string[] choices = [.. endings.Select(WithoutBrackets)];
        if (choices.All(c => c.Length > 0))
            return new(number, WithoutBrackets($"{activity}: {before} {Capitalized(after)}"), choices, gold);
        line.AddProblem("an ending is nothing but brackets");
        return null;
    }

    private static ChoiceDocument? Arc(TaskLine line, int number)
    {
        var (question, key, choices) = (line.Text("question"), line.Text("answerKey"), line.Object("choices"));
        var (texts, labels) = (choices?.Texts("text", 2), choices?.Texts("label", 2));
        if (question is null || key is null || texts is null || labels is null) return null;
        var gold = labels.ToList().IndexOf(key);
        if (texts.Count == labels.Count && gold >= 0) return new(number, $"Question: {question}\nAnswer:", texts, gold);
        line.AddProblem(texts.Count != labels.Count ? $"has {texts.Count} choices and {labels.Count} labels"
            : $"its answerKey '{key}' is none of the labels {string.Join(", ", labels)}");
        return null;
    }

    private static AnswerDocument? Squad(TaskLine line, int number)
    {
        var title = line.Has("title") ? line.Text("title") : "";
        var (context, question) = (line.Text("context"), line.Text("question"));
        var answers = line.Object("answers")?.Texts("text", 0);
        if (title is null || context is null || question is null || answers is null) return null;
        var titled = title.Length > 0 ? $"Title: {title}\n\n" : "";
        return new(number, $"{titled}Background: {context}\n\nQuestion: {question}\n\nAnswer:", answers);
    }

    private static ChoiceDocument? Piqa(TaskLine line, int number)
    {
        var (goal, first, second) = (line.Text("goal"), line.Text("sol1"), line.Text("sol2"));
        return line.Choice("label", 2) is { } gold && goal is not null && first is not null && second is not null
            ? new(number, $"Question: {goal}\nAnswer:", [first, second], gold)
            : null;
    }

    private static ChoiceDocument? Choices(TaskLine line, int number)
    {
        var (query, choices) = (line.Text("query"), line.Texts("choices", 2));
        return line.Choice("gold", choices?.Count) is { } gold && query is not null
            && choices is not null ? new(number, query, choices, gold) : null;
    }

    private static CompletionDocument? Lambada(TaskLine line, int number)
    {
        if (line.Text("text") is not { } text) return null;
        var end = text.LastIndexOf(' ');
        if (end + 1 < text.Length) return new(number, end < 0 ? "" : text[..end], $" {text[(end + 1)..]}");
        line.AddProblem("its text ends with a space: there is no last word");
        return null;
    }

    // The brackets are left over from WikiHow.
    private static string WithoutBrackets(string text) =>
        Bracketed().Replace(text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "")
            .Replace("  ", " ", StringComparison.Ordinal);

    // As Python's str.capitalize: the other letters become small.
    private static string Capitalized(string text)
    {
        if (text.Length == 0) return text;
        var first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Bracketed();
}
