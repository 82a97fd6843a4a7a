using System.IO.Compression;
using System.Text;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs;

namespace ScalingLab.Evaluation.Tests;

/// <summary>
/// What is asked is what lm-evaluation-harness asks: HellaSwag's expected texts are those that its own code made.
/// </summary>
public sealed class TaskReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void HellaSwag_is_cleaned_of_brackets_and_its_second_half_begins_with_a_capital()
    {
        var task = Read("""
            {"ind": 1, "activity_label": " Home and Garden ", "ctx_a": "[header] How to clean a GARDEN [title] Take the  rake. [substeps] Pull", "ctx_b": "the Leaves OFF [step] now", "endings": ["and  [x] burn them.", "  [title] Rest [title] Sleep", "with 2  hands   each"], "label": "1"}
            {"activity_label": "Ice", "ctx_a": "A man.", "ctx_b": "", "endings": ["a", "é b"], "label": 0}

            {"activity_label": "Ice", "ctx_a": "A man.", "ctx_b": "étude Der Ärzte", "endings": ["a", "b"], "label": 0}
            """);
        Assert.Equal(TaskKind.Hellaswag, task.Kind);
        var documents = task.Documents.Cast<ChoiceDocument>().ToList();
        Assert.Equal(
            ["Home and Garden : How to clean a GARDEN. Take the rake. Pull The leaves off now", "Ice: A man.",
                "Ice: A man. Étude der ärzte"], documents.Select(d => d.Context));
        Assert.Equal(["and  burn them.", " Rest. Sleep", "with 2 hands  each"], documents[0].Choices);
        Assert.Equal([1, 0, 0], documents.Select(d => d.Gold));
        Assert.Equal([1, 2, 4], documents.Select(d => d.Line)); // an empty line is passed over
    }

    [Fact]
    public void Of_ARC_the_right_choice_is_the_one_with_the_label_of_the_key()
    {
        var task = Read("""
            {"question": "What falls?", "choices": {"text": ["rain", "sky"], "label": ["1", "2"]}, "answerKey": "2"}
            """);
        var document = Assert.IsType<ChoiceDocument>(Assert.Single(task.Documents));
        Assert.Equal((TaskKind.Arc, "Question: What falls?\nAnswer:", 1), (task.Kind, document.Context, document.Gold));
        Assert.Equal(["rain", "sky"], document.Choices);
    }

    [Fact]
    public void A_compressed_file_is_read_like_any_other_and_a_damaged_one_refused()
    {
        const string Line = """{"query": "2 + 2 =", "choices": ["3", "4"], "gold": 1}""";
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes($"{Line}\n{Line}\n"));
        var task = TaskReader.Read(_folder.Write("task.jsonl.gz", packed.ToArray()));
        Assert.Equal([1, 2], task.Documents.Select(document => document.Line));
        var plain = _folder.Write("plain.jsonl.gz", Line);
        var refused = Assert.Throws<InputException>(() => TaskReader.Read(plain));
        Assert.Equal([new Problem($"{plain}:1", "it does not begin as gzip does")], refused.Problems);
    }

    [Fact]
    public void PIQA_and_choices_of_ones_own_have_their_context_and_choices()
    {
        var piqa = Assert.IsType<ChoiceDocument>(Read("""
            {"goal": "Boil water", "sol1": "Use a pan.", "sol2": "Use a hat.", "label": 0}
            """).Documents[0]);
        Assert.Equal("Question: Boil water\nAnswer:", piqa.Context);
        var own = Assert.IsType<ChoiceDocument>(Read("""
            {"query": "2 + 2 =", "choices": ["3", "4"], "gold": 1, "note": "any"}
            """).Documents[0]);
        Assert.Equal(("2 + 2 =", 1), (own.Context, own.Gold));
    }

    [Theory]
    [InlineData("She sold sea shells", "She sold sea", " shells")]
    [InlineData("two  spaces", "two ", " spaces")]
    [InlineData("alone", "", " alone")]
    public void Of_LAMBADA_the_last_word_is_wanted(string text, string context, string word)
    {
        var task = Read($$"""{"text": "{{text}}"}""");
        Assert.Equal(TaskKind.Lambada, task.Kind);
        Assert.Equal(new CompletionDocument(1, context, word), task.Documents[0]);
    }

    [Fact]
    public void SQuAD_is_asked_with_title_background_and_question()
    {
        var task = Read("""
            {"id": "1", "title": "Normans", "context": "They came.", "question": "Who?", "answers": {"text": ["they", "They"], "answer_start": [0, 0]}}
            {"context": "They came.", "question": "Why?", "answers": {"text": [], "answer_start": []}}
            """);
        var documents = task.Documents.Cast<AnswerDocument>().ToList();
        Assert.Equal(
            ["Title: Normans\n\nBackground: They came.\n\nQuestion: Who?\n\nAnswer:",
                "Background: They came.\n\nQuestion: Why?\n\nAnswer:"], documents.Select(d => d.Prompt));
        Assert.Equal([2, 0], documents.Select(d => d.Answers.Count));
    }

    [Fact]
    public void Every_problem_of_every_file_is_told_with_its_line()
    {
        var first = Write("one.jsonl", """
            {"query": "x", "choices": ["a"], "gold": 0}
            not json
            {"query": "", "choices": ["a", "b"], "gold": 2}
            {"query": "q", "choices": ["a", "\ud800"], "gold": "1"}
            [1]
            {"query": "q", "choices": ["a", 7], "gold": -1}
            """);
        var second = Write("two.jsonl", """
            {"a": 1, "text ": "x"}
            """);
        var problems = Assert.Throws<InputException>(() => TaskReader.Read([first, second, "none"])).Problems;
        Assert.Equal(
        [
            $"{first}:1: the field 'choices' is an array of 1; an array of 2 texts or more is expected",
            $"{first}:2: is no valid JSON at column 2",
            $"{first}:3: the field 'query' is empty",
            $"{first}:3: the field 'gold' is 2; the number of one of the 2 choices is expected, from 0",
            $"{first}:4: item 1 of the field 'choices' holds half of a surrogate pair (\\ud800 to \\udfff), which is no character",
            $"{first}:5: is no JSON object",
            $"{first}:6: item 1 of the field 'choices' is 7; text is expected",
            $"{first}:6: the field 'gold' is -1; the number of a choice is expected, from 0",
        ], problems.Take(8).Select(p => p.ToString()));
        Assert.StartsWith("has the fields a, text ; of no kind of task all are there (hellaswag activity_label, ",
            problems[8].Text, StringComparison.Ordinal);
        Assert.Equal("none: no such file", problems[9].ToString());
    }

    [Theory]
    [InlineData("""{"question": "q", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "C"}""",
        "its answerKey 'C' is none of the labels A, B")]
    [InlineData("""{"question": "q", "choices": {"text": ["a", "b"], "label": ["A", "B", "C"]}, "answerKey": "C"}""",
        "has 2 choices and 3 labels")]
    [InlineData("""{"text": "ends so "}""", "its text ends with a space: there is no last word")]
    [InlineData("""{"context": "c", "question": "q", "answers": ["x"]}""",
        "the field 'answers' is an array of 1; an object is expected")]
    [InlineData("\n \n", "has no document; one JSON object a line is expected")]
    public void What_is_no_task_is_told(string line, string problem) =>
        Assert.Equal(problem, Assert.Throws<InputException>(() => Read(line)).Problems[0].Text);

    [Fact]
    public void Only_the_first_documents_are_read_where_no_more_are_wanted() => Assert.Equal(
        2, TaskReader.Read(Write("t.jsonl", "{\"text\": \"a b\"}\n{\"text\": \"c d\"}\nnot json"), 2).Documents.Count);

    public void Dispose() => _folder.Dispose();

    private TaskFile Read(string lines) => TaskReader.Read(Write("task.jsonl", lines));

    private string Write(string name, string lines) => _folder.Write(name, lines);
}
