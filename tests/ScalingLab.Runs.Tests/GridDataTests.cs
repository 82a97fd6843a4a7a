using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Runs.Tests;

public sealed class GridDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GridDataTests()
    {
        foreach (var name in new[] { "sw.jsonl.gz", "en.csv", "de.tsv", "a.txt" })
            File.WriteAllText(Path.Combine(_folder.Path, name), "x");
    }

    public void Dispose() => _folder.Dispose();

    private Grid Parse(string data, string more = "") => GridFile.Parse(
        $$"""{ "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], "data": {{data}}{{more}} }""",
        "grid.json", _folder.Path);

    private string[] Problems(string data) =>
        [.. Assert.Throws<InputException>(() => Parse(data)).Problems.Select(p => p.ToString())];

    private static Sweep Expand(Grid grid) => GridExpansion.Expand(grid, new DataIdentity("text", "c0", "t0"), 1024);

    [Fact]
    public void Records_are_read_by_field_or_column()
    {
        var jsonl = Parse("""{ "corpus": "jsonl", "paths": "sw.jsonl.gz", "field": "text" }""").Data;
        Assert.Equal(("jsonl", "text", Path.Combine(_folder.Path, "sw.jsonl.gz")),
            (jsonl.Corpus, jsonl.Part, jsonl.Paths.Single()));
        Assert.Equal("body", Parse("""{ "corpus": "csv", "paths": ["en.csv"], "column": "body" }""").Data.Part);
        Assert.Equal("tsv", Parse("""{ "corpus": "tsv", "paths": ["de.tsv"], "column": "body" }""").Data.Corpus);
        var pages = Parse("""{ "corpus": "csv", "paths": ["en.csv"], "column": "body", "strip": "html" }""").Data;
        Assert.Equal("html", pages.Strip);
        Assert.Equal(["data.strip: belongs to corpora of files; corpus \"dotnet-docs\" has no markup"],
            Problems("""{ "corpus": "dotnet-docs", "strip": "markdown" }"""));
        Assert.Contains("html", Assert.Single(Problems(
            """{ "corpus": "text", "paths": ["a.txt"], "strip": "xml" }""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_are_left_out_by_name_or_from_a_similarity_on()
    {
        const string Text = "\"corpus\": \"text\", \"paths\": [\"a.txt\"]";
        GridDeduplication? Of(string rule) => Parse($"{{ {Text}, \"deduplicate\": {rule} }}").Data.Deduplicate;
        Assert.Null(Parse($"{{ {Text} }}").Data.Deduplicate);
        Assert.Equal(new GridDeduplication(Near: null), Of("\"exact\""));
        Assert.Equal(new GridDeduplication(0.8), Of("\"near\""));
        Assert.Equal(new GridDeduplication(0.7), Of("{ \"near\": 0.7 }"));
        string[] faults =
            ["\"fuzzy\"", "0.7", "{ \"near\": 0.2 }", "{ \"near\": 1.1 }", "{ }", "{ \"far\": 1 }"];
        foreach (var wrong in faults)
            Assert.StartsWith("data.deduplicate", Problems($"{{ {Text}, \"deduplicate\": {wrong} }}")[0],
                StringComparison.Ordinal);
        Assert.StartsWith("data.deduplicate", Assert.Single(Problems("""
            { "corpus": "teacher", "teacher": { "kind": "zipf-ngram", "vocabulary": 256, "order": 1 },
              "deduplicate": "near" }
            """)), StringComparison.Ordinal);
    }

    [Fact]
    public void Packing_is_an_axis_and_the_default_changes_no_run()
    {
        const string Text = "\"corpus\": \"text\", \"paths\": [\"a.txt\"]";
        string[] Ids(string packing) => [.. Expand(Parse($"{{ {Text}{packing} }}")).Cells.Select(c => c.Spec.Id.Value)];
        var plain = Ids("");
        Assert.Equal(plain, Ids(", \"packing\": \"concatenate\""));
        var both = Expand(Parse($"{{ {Text}, \"packing\": [\"concatenate\", \"best-fit\"] }}"));
        Assert.Equal(2 * plain.Length, both.Cells.Select(c => c.Spec.Id).Distinct().Count());
        Assert.Empty(plain.Except(both.Cells.Select(c => c.Spec.Id.Value)));
        Assert.All(both.Cells, cell => Assert.Equal(EnumNames.ToName(cell.Spec.Data.Packing),
            Assert.Single(cell.Varies, one => one.Field == "packing").Value));
        Assert.Equal(both.Cells[^1].Spec, RunJson.Deserialize<RunSpec>(RunJson.Serialize(both.Cells[^1].Spec)));
        Assert.StartsWith("data.packing", Assert.Single(Problems($"{{ {Text}, \"packing\": \"bestfit\" }}")),
            StringComparison.Ordinal);
        Assert.StartsWith("data.packing", Assert.Single(Problems("""
            { "corpus": "teacher", "teacher": { "kind": "zipf-ngram", "vocabulary": 256, "order": 1 },
              "packing": "best-fit" }
            """)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mixture_names_its_sources_with_weights()
    {
        var data = Parse("""
            { "sources": [{ "name": "sw", "corpus": "jsonl", "paths": ["sw.jsonl.gz"], "field": "text", "weight": 7 },
                          { "name": "en", "corpus": "text", "paths": ["a.txt"], "weight": 3 }],
              "tokenizer": { "kind": "bytes" }, "uniqueTokens": [1e5, 2e5] }
            """).Data;
        Assert.Equal(GridData.Mixture, data.Corpus);
        Assert.Equal(["sw 7", "en 3"], data.Sources.Select(s => $"{s.Name} {s.Weight}"));
        Assert.Equal("text", data.Sources[0].Part);
        Assert.Equal([100_000, 200_000], data.UniqueTokens);
    }

    [Fact]
    public void Every_fault_of_corpora_and_sources_is_found_in_one_reading()
    {
        Assert.Equal(
            ["data: corpus \"jsonl\" needs \"field\": the object's member that holds the text",
                "data.column: belongs to corpus \"csv\" and \"tsv\" and \"parquet\", not \"jsonl\""],
            Problems("""{ "corpus": "jsonl", "paths": ["sw.jsonl.gz"], "column": "text" }"""));
        Assert.Equal(
            ["data: corpus \"csv\" needs \"paths\": files or folders, relative to the grid's file",
             "data: corpus \"csv\" needs \"column\": the column that holds the text, by its name"],
            Problems("""{ "corpus": "csv" }"""));
        Assert.Collection(
            Problems("""
                { "corpus": "text", "uniqueTokens": [5, 5, 0.5],
                  "sources": [{ "name": "2nd", "corpus": "text", "paths": ["a.txt"], "weight": 1 },
                              { "name": "x", "corpus": "jsonl", "paths": ["gone.jsonl"], "field": "t", "weight": 0 },
                                { "name": "X", "corpus": "dotnet-docs" }] }
                """),
            p => Assert.StartsWith("data.sources[0].name: '2nd' does not do", p, StringComparison.Ordinal),
            p => Assert.StartsWith("data.sources[1].weight: is 0", p, StringComparison.Ordinal),
            p => Assert.StartsWith("data.sources[1].paths[0]: no file or folder 'gone.jsonl'", p,
                StringComparison.Ordinal),
            p => Assert.StartsWith("data.sources[2]: has no weight", p, StringComparison.Ordinal),
            p => Assert.StartsWith("data.corpus: belongs into each of the sources", p, StringComparison.Ordinal),
            p => Assert.Equal("data.uniqueTokens[1]: is given twice; keep one", p),
            p => Assert.StartsWith("data.uniqueTokens[2]: is 0.5", p, StringComparison.Ordinal));
        Assert.Contains("at least two sources",
            Problems("""{ "sources": [{ "name": "x", "corpus": "dotnet-docs", "weight": 1 }] }""").Single(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Unique_tokens_are_an_axis_that_names_other_runs_and_absent_they_change_no_name()
    {
        var plain = Expand(Parse("""{ "corpus": "text", "paths": ["a.txt"] }"""));
        var grid = Parse(
            """{ "corpus": "text", "paths": ["a.txt"], "uniqueTokens": [1e4, 2e4] }""",
            """, "seeds": 2, "exclude": [{ "uniqueTokens": 1e4, "seed": 2 }]""");
        var sweep = Expand(grid);
        Assert.Equal(["10000/1", "20000/1", "20000/2"],
            sweep.Cells.Select(c => $"{c.Spec.Data.UniqueTokens}/{c.Spec.Seed}"));
        Assert.Equal(new RecipeChoice("uniqueTokens", "10000"), Assert.Single(sweep.Cells[0].Varies));
        Assert.Equal(4, sweep.Cells.Concat(plain.Cells).Select(c => c.Spec.Id).Distinct().Count());
        Assert.DoesNotContain("uniqueTokens", RunJson.Serialize(plain.Cells[0].Spec), StringComparison.Ordinal);
        Assert.DoesNotContain("sources", RunJson.Serialize(plain.Cells[0].Spec), StringComparison.Ordinal);
        Assert.Equal(sweep.Cells[0].Spec, RunJson.Deserialize<RunSpec>(RunJson.Serialize(sweep.Cells[0].Spec)));

        var plan = Plan.Create(sweep, 1_000_000);
        Assert.Equal([plan.Rows[0].Tokens / 1e4, plan.Rows[1].Tokens / 2e4], plan.Rows.Select(r => r.Epochs!.Value));
        Assert.Contains("raise uniqueTokens", Assert.Single(plan.Warnings, Repeats), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_counts_the_epochs_of_each_source_and_warns_of_the_worn_one()
    {
        var grid = Parse("""{ "corpus": "text", "paths": ["a.txt"] }""");
        var mixture = new DataIdentity("mixture", "c0", "t0") { Sources = [new("sw", 0.75), new("en", 0.25)] };
        var sweep = GridExpansion.Expand(grid, mixture, 1024);
        var plan = Plan.Create(sweep, 1_005_000, new Dictionary<string, long> { ["sw"] = 1_000_000, ["en"] = 5_000 });
        Assert.Equal([sweep.Cells[0].Spec.Tokens * 0.75 / 1_000_000, sweep.Cells[0].Spec.Tokens * 0.25 / 5_000],
            plan.Rows[0].Sources!.Select(s => s.Epochs));
        Assert.StartsWith("1 of 1 rows read the text of en more than 4 times", Assert.Single(plan.Warnings, Repeats),
            StringComparison.Ordinal);

        // Weights and names are part of what a run is; a list of its own is the same identity.
        Assert.Equal(mixture, mixture with { Sources = [new("sw", 0.75), new("en", 0.25)] });
        Assert.NotEqual(mixture, mixture with { Sources = [new("sw", 0.5), new("en", 0.5)] });
        Assert.Equal(sweep.Cells[0].Spec, RunJson.Deserialize<RunSpec>(RunJson.Serialize(sweep.Cells[0].Spec)));
    }

    private static bool Repeats(string warning) => warning.Contains(" more than 4 times", StringComparison.Ordinal);
}
