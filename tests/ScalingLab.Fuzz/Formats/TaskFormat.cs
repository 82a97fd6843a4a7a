using System.Text;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs;

namespace ScalingLab.Fuzz.Formats;

/// <summary>Files of tasks, read as <c>lab eval --task</c> reads them.</summary>
internal sealed class TaskFormat : FuzzFormat
{
    private static readonly string[] Lines =
    [
        """{"activity_label": "Ice", "ctx_a": "A man [title] waits.", "ctx_b": "he Then", "endings": ["goes", "[x] stays"], "label": "1"}""",
        """{"question": "What falls?", "choices": {"text": ["rain", "sky"], "label": ["A", "B"]}, "answerKey": "A"}""",
        """{"title": "T", "context": "They came.", "question": "Who?", "answers": {"text": ["they"], "answer_start": [0]}}""",
        """{"goal": "Boil water", "sol1": "Use a pan.", "sol2": "Use a hat.", "label": 0}""",
        """{"query": "2 + 2 =", "choices": ["3", "4", "five"], "gold": 1}""",
        """{"text": "She sold sea shells"}""",
    ];

    private static readonly string[] Words =
    [
        "activity_label", "ctx_a", "ctx_b", "endings", "label", "question", "choices", "text", "answerKey", "context",
        "answers", "answer_start", "goal", "sol1", "sol2", "query", "gold", "0", "-1", "2147483648", "A", " ", "[]",
    ];

    private readonly JsonMutator _mutator = new(Words);

    public TaskFormat(string folder) => Directory.CreateDirectory(folder);

    public override IReadOnlyList<FuzzInput> Whole =>
        [.. Lines.Select(line => new FuzzInput(".jsonl", Encoding.UTF8.GetBytes($"{line}\n{line}\n")))];

    public override FuzzInput Make(Random random)
    {
        var line = Oddities.Of(random, Lines);
        var lines = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => random.Next(2) == 0 ? line
            : _mutator.Mutate(random.Next(6) == 0 ? Oddities.Of(random, Lines) : line, random));
        var bytes = Encoding.UTF8.GetBytes(string.Join(random.Next(6) == 0 ? "\r\n" : "\n", lines));
        return new FuzzInput(".jsonl", random.Next(6) == 0 ? ByteMutator.Mutate(bytes, random) : bytes);
    }

    public override bool Read(FuzzInput input, string file)
    {
        try
        {
            var task = TaskReader.Read(file);
            foreach (var document in task.Documents)
            {
                var isWhole = document switch
                {
                    ChoiceDocument c => c.Gold >= 0 && c.Gold < c.Choices.Count && c.Choices.All(t => t.Length > 0),
                    CompletionDocument c => c.Continuation.Length > 1,
                    _ => document.GetType() == task.Documents[0].GetType(),
                };
                if (!isWhole) throw new FindingException($"the document of line {document.Line} cannot be scored");
            }
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
