using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Tests;

/// <summary>What a grid asks of the models of its finished runs.</summary>
public sealed class GridTasksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GridTasksTests()
    {
        _folder.Write("my tasks/hella_swag.v2.jsonl", "{}");
        _folder.Write("arc.jsonl", "{}");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tasks_have_names_that_do_as_ends_of_columns_and_one_alone_needs_no_list()
    {
        var tasks = Parse("""
            [ { "task": "my tasks/hella_swag.v2.jsonl", "limit": 50 }, { "task": "arc.jsonl", "name": "arc-easy" },
              { "generate": 20, "promptTokens": 16, "tokens": 8 } ]
            """).Evaluate;
        Assert.Equal(["hella-swag-v2", "arc-easy", "held-out"], tasks.Select(t => t.Name));
        Assert.Equal([50, null, 20], tasks.Select(t => t.Limit));
        Assert.Equal((null, 16, 8), (tasks[2].File, tasks[2].PromptTokens, tasks[2].Tokens));
        Assert.Equal(_folder["arc.jsonl"], Assert.Single(Parse("""{ "task": "arc.jsonl" }""").Evaluate).File);
        Assert.Equal("task-2024", RunTask.NameOf("/a/2024.jsonl"));
    }

    [Fact]
    public void Tasks_are_no_part_of_what_a_run_is()
    {
        var data = new DataIdentity("dotnet-docs", "c0", "t0");
        var (with, without) = (Parse("""{ "task": "arc.jsonl" }"""), Parse(null));
        Assert.Equal(
            GridExpansion.Expand(without, data, 1024).Cells.Select(c => c.Spec.Id),
            GridExpansion.Expand(with, data, 1024).Cells.Select(c => c.Spec.Id));
    }

    [Theory]
    [InlineData("""{ }""", "evaluate: says not what is asked; give \"task\"")]
    [InlineData("""[ { "task": "arc.jsonl", "generate": 3 } ]""", "evaluate[0]: has both a task and generate")]
    [InlineData("""[ { "task": "none.jsonl" } ]""", "evaluate[0].task: no file or folder 'none.jsonl'")]
    [InlineData("""[ { "task": "my tasks" } ]""", "evaluate[0].task: is a folder")]
    [InlineData("""[ { "task": "../arc.jsonl" } ]""", "evaluate[0].task: '../arc.jsonl' lies outside")]
    [InlineData("""[ { "task": "arc.jsonl" }, { "task": "arc.jsonl", "limit": 5 } ]""",
        "evaluate[1]: a second task is called 'arc'")]
    [InlineData("""[ { "task": "arc.jsonl", "name": "arc_easy" } ]""",
        "evaluate[0].name: 'arc_easy' does not do as the end of a column's name")]
    [InlineData("""[ { "task": "arc.jsonl", "limit": 0 } ]""", "evaluate[0].limit: is 0")]
    [InlineData("""[ { "generate": 5, "limit": 5 } ]""", "evaluate[0].limit: has no meaning beside \"generate\"")]
    [InlineData("""[ { "task": "arc.jsonl", "promptTokens": 5 } ]""",
        "evaluate[0].promptTokens: has no meaning beside \"task\"")]
    [InlineData("""[ { "tasks": "arc.jsonl" } ]""", "evaluate[0].tasks: unknown field 'tasks' (did you mean 'task'?)")]
    public void What_cannot_be_asked_is_said_with_its_place(string evaluate, string problem) => Assert.Contains(
        Assert.Throws<InputException>(() => Parse(evaluate)).Problems,
        p => p.ToString().StartsWith(problem, StringComparison.Ordinal));

    [Fact]
    public void A_source_of_known_entropy_has_no_text_to_be_asked_about() => Assert.Contains(
        Assert.Throws<InputException>(() => GridFile.Parse("""
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "flops": 1e12 }], "evaluate": { "generate": 3 },
              "data": { "corpus": "teacher", "teacher": { "kind": "zipf-ngram", "vocabulary": 64 } } }
            """, "grid.json", _folder.Path)).Problems,
        p => p.ToString().StartsWith("evaluate: has no meaning with a source of known entropy", StringComparison.Ordinal));

    [Fact]
    public void A_score_is_missing_where_there_is_none_or_one_of_another_question()
    {
        var asked = new RunTask("arc", "arc.jsonl") { Hash = "aa" };
        var score = new TaskScore("arc", "arc", asked.Key, 5, []);
        Assert.Equal([asked], TaskScore.Missing([asked], null));
        Assert.Empty(TaskScore.Missing([asked], [score]));
        Assert.Empty(TaskScore.Missing([asked with { File = "elsewhere.jsonl" }], [score]));
        Assert.Single(TaskScore.Missing([asked with { Hash = "bb" }], [score]));
        Assert.Single(TaskScore.Missing([asked with { Limit = 3 }], [score]));
        Assert.Equal(["arc", "b"], TaskScore.Merge([new("b", "", "", 1, []), new("arc", "", "old", 1, [])], [score])
            .Select(s => s.Name));
        Assert.Equal([score], TaskScore.Merge([new("arc", "", "old", 1, [])], [score]));
    }

    private Grid Parse(string? evaluate) => GridFile.Parse($$"""
        { "name": "a", "models": ["micro-63k"], "lengths": [{ "flops": 1e12 }]
          {{(evaluate is null ? "" : $", \"evaluate\": {evaluate}")}} }
        """, "grid.json", _folder.Path);
}
