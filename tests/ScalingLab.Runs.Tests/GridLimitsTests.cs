using ScalingLab.Runs.Grids;

namespace ScalingLab.Runs.Tests;

/// <summary>
/// What is too much of a grid is said in one line, and what is much of it is read as quickly as little.
/// </summary>
public sealed class GridLimitsTests
{
    [Theory]
    [InlineData("models", "\"micro-28k\"", 100_000)]
    [InlineData("lengths", "{ \"tokens\": 60000 }", 100_000)]
    [InlineData("seeds", "1", 100_000)]
    [InlineData("exclude", "{ \"seed\": 1 }", 20_000)]
    public void A_list_that_is_too_long_is_one_problem_with_its_limit(string list, string item, int most)
    {
        var lists =
            new Dictionary<string, string>
            { ["models"] = "[\"micro-28k\"]", ["lengths"] = "[{ \"tokens\": 60000 }]", ["seeds"] = "[1, 2]" };
        lists[list] = $"[{string.Join(',', Enumerable.Repeat(item, most + 1))}]";
        var problems =
            ProblemsOf($"{{ \"name\": \"a\", {string.Join(", ", lists.Select(l => $"\"{l.Key}\": {l.Value}"))} }}");
        Assert.Contains(FormattableString.Invariant($"{list}: has {most + 1:N0} values; at most {most:N0} are taken"),
            problems.Select(p => p.ToString()));
        Assert.InRange(problems.Count, 1, 3);
    }

    [Fact]
    public void Of_many_problems_the_first_hundred_are_told_and_the_others_counted()
    {
        var problems = ProblemsOf($$"""
            { "name": "a", "models": [{{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"nope-{i}\""))}}], "lengths": [{ "tokens": 60000 }] }
            """);
        Assert.Equal(5000, problems.Count);
        var lines = InputException.Lines(problems).ToList();
        Assert.Equal(101, lines.Count);
        Assert.StartsWith("models[99]: no preset is called 'nope-99'", lines[99], StringComparison.Ordinal);
        Assert.Equal("... and 4,900 more", lines[100]);
        Assert.Equal(string.Join(Environment.NewLine, lines), new InputException(problems).Message);
    }

    [Fact]
    public void A_problem_with_a_long_text_in_it_is_told_short()
    {
        var problem =
            Assert.Single(
                ProblemsOf($$"""{ "name": "a", "models": ["{{new string('A', 1_000_000)}}"], "lengths": [{ "tokens": 60000 }] }"""));
        Assert.InRange(Assert.Single(InputException.Lines([problem])).Length, 1000, 5000);
    }

    [Fact]
    public void Thousands_of_exclusions_leave_out_the_cells_that_one_by_one_they_match()
    {
        var seeds = Enumerable.Range(1, 200).ToList();
        var lengths = Enumerable.Range(60, 20).Select(n => n * 1000).ToList();
        var excluded = seeds.SelectMany(_ => lengths, (seed, tokens) => (seed, tokens))
            .Where(c => ((c.seed * 31) + c.tokens) % 7 == 0).ToHashSet();
        var sweep = Expand($$"""
            { "name": "a", "models": ["micro-28k", "micro-39k"], "seeds": [{{string.Join(',', seeds)}}],
              "lengths": [{{string.Join(',', lengths.Select(n => $"{{ \"tokens\": {n} }}"))}}],
              "recipe": { "positions": ["rotary", "learned"] },
              "exclude": [{{string.Join(',', excluded.Select(c => $"{{ \"seed\": {c.seed}, \"tokens\": {c.tokens} }}"))}},
                { "model": "micro-39k", "positions": ["learned"], "seed": [1, 2, 3] }] }
            """);
        var expected = from length in lengths
                       from model in (string[])["micro-28k", "micro-39k"]
                       from positions in (string[])["rotary", "learned"]
                       from seed in seeds
                       where !excluded.Contains((seed, length))
                       && !(model == "micro-39k" && positions == "learned" && seed <= 3)
                       select (model, positions, seed, length);
        Assert.Equal(expected.Count(), sweep.Cells.Count);
        Assert.Equal(
            expected.Select(c => (c.model, c.positions, c.seed)),
            sweep.Cells.Select(c => (c.Model, c.Varies.Single(v => v.Field == "positions").Value, c.Spec.Seed)));
    }

    [Fact]
    public void Of_many_exclusions_each_that_matches_no_cell_is_named()
    {
        var problems = ProblemsOf($$"""
            { "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }], "seeds": 200,
              "exclude": [{{string.Join(',', Enumerable.Range(1, 100).Select(s => $"{{ \"seed\": {s} }}"))}},
                { "seed": 201 }, { "seed": 150, "flops": 1e12 }, { "model": "micro-39k" }] }
            """);
        Assert.Equal(["exclude[100]", "exclude[101]", "exclude[102]"], problems.Select(p => p.Place));
    }

    private static Sweep Expand(string json) =>
        GridExpansion.Expand(GridFile.Parse(json, "grid.json", Path.GetTempPath()),
            new DataIdentity("dotnet-docs", "c0", "t0"), 1024);

    private static IReadOnlyList<Problem> ProblemsOf(string json) =>
        Assert.Throws<InputException>(() => Expand(json)).Problems;
}
