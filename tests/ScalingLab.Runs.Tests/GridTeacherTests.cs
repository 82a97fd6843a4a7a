using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Runs.Tests;

public sealed class GridTeacherTests
{
    private static Grid Parse(string data) => GridFile.Parse(
        $$"""{ "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], "data": {{data}} }""",
        "grid.json", Path.GetTempPath());

    private static TeacherSpec Teacher(string fields) =>
        Parse($$"""{ "corpus": "teacher", "teacher": { {{fields}} } }""").Data.Teacher!;

    private static string[] Problems(string data) =>
        [.. Assert.Throws<InputException>(() => Parse(data)).Problems.Select(p => p.ToString())];

    [Fact]
    public void What_a_definition_leaves_out_is_put_in_so_that_the_run_says_it()
    {
        Assert.Equal(
            new TeacherSpec
            {
                Kind = TeacherKind.ZipfNgram, Vocabulary = 256, Seed = 1, Exponent = 1, Order = 1, Backoff = 0,
            },
            Teacher(""" "kind": "zipf-ngram", "vocabulary": 256 """));
        Assert.Equal(
            new TeacherSpec
            {
                Kind = TeacherKind.Text, Vocabulary = 4096, Seed = 3, Exponent = 1.1, Order = 2, Backoff = 0.5,
                CopyProbability = 0.2, CopyLength = 8,
            },
            Teacher("""
                "kind": "text", "vocabulary": 4096, "seed": 3, "exponent": 1.1, "backoff": 0.5, "copyProbability": 0.2
                """));
        var grammar = Teacher(""" "kind": "grammar", "vocabulary": 5, "nonterminals": 3 """);
        Assert.Equal((3, 5), (grammar.Nonterminals, grammar.Rules));
        Assert.Null(grammar.Order);
    }

    [Fact]
    public void The_models_have_the_teachers_vocabulary_and_the_run_is_named_by_its_definition()
    {
        RunSpec Spec(string fields)
        {
            var grid = Parse($$"""{ "corpus": "teacher", "teacher": { {{fields}} } }""");
            var teacher = grid.Data.Teacher!;
            var data = new DataIdentity(grid.Data.Corpus, teacher.Hash, teacher.Hash) { Teacher = teacher };
            return GridExpansion.Expand(grid, data, grid.Data.Vocabulary!.Value).Cells.Single().Spec;
        }

        var spec = Spec(""" "kind": "copying", "vocabulary": 300 """);
        Assert.Equal(300, spec.Shape.Vocabulary);
        Assert.Equal(spec, RunJson.Deserialize<RunSpec>(RunJson.Serialize(spec)));
        Assert.Equal(spec.Id, Spec(""" "kind": "copying", "vocabulary": 300, "exponent": 1, "seed": 1 """).Id);
        Assert.NotEqual(spec.Id, Spec(""" "kind": "copying", "vocabulary": 300, "seed": 2 """).Id);
    }

    [Fact]
    public void Every_problem_of_a_definition_is_said_at_once()
    {
        var problems = Problems("""
            { "corpus": "teacher", "heldOut": 0.1, "teacher":
              { "kind": "grammar", "order": 2, "vocabulary": 1, "exponent": -1, "rules": 9e9, "foo": 1 } }
            """);
        Assert.Equal(6, problems.Length);
        Assert.Contains(problems, p => p.StartsWith("data.heldOut: ", StringComparison.Ordinal));
        Assert.Contains("data.teacher.order: has no meaning for kind \"grammar\"; leave it out", problems);
        foreach (var field in (string[])["foo", "vocabulary", "exponent", "rules"])
            Assert.Contains(problems, p => p.StartsWith($"data.teacher.{field}: ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_grid_gives_can_be_drawn_from_and_what_it_refuses_cannot()
    {
        Assert.All(EnumNames.All<TeacherKind>(),
            kind => Assert.Empty(Teacher($$""" "kind": "{{kind}}", "vocabulary": 4 """).Problems()));
        var grammar = Teacher(""" "kind": "grammar", "vocabulary": 9 """);
        Assert.Equal(["vocabulary", "exponent", "order", "nonterminals", "rules"],
            (grammar with { Vocabulary = 0, Exponent = double.NaN, Order = 1, Nonterminals = null, Rules = 1 })
            .Problems().Select(p => p.Field).Distinct());
        Assert.Equal("rules", Assert.Single((grammar with { Rules = 10 }).Problems()).Field);
    }

    [Fact]
    public void A_teacher_needs_its_definition_and_its_corpus_and_is_no_source_of_a_mixture()
    {
        Assert.Contains("needs \"teacher\"", Problems("""{ "corpus": "teacher" }""").Single(),
            StringComparison.Ordinal);
        Assert.Contains("belongs to \"corpus\"",
            Problems("""{ "corpus": "dotnet-docs", "teacher": { "kind": "copying", "vocabulary": 9 } }""").Single(),
            StringComparison.Ordinal);
        var mixture = Problems("""
            { "sources": [{ "name": "a", "corpus": "teacher", "weight": 1 },
                          { "name": "b", "corpus": "dotnet-docs", "weight": 1 }] }
            """);
        Assert.Contains(mixture, p => p.StartsWith("data.sources[0].corpus: ", StringComparison.Ordinal));
        Assert.Contains("has no kind", string.Join('\n', Problems("""{ "corpus": "teacher", "teacher": {} }""")),
            StringComparison.Ordinal);
    }
}
