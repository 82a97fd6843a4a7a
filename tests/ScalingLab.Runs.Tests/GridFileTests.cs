using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Tests;

public class GridFileTests
{
    private const string Least = """ "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }] """;

    [Fact]
    public void The_least_grid_takes_every_default()
    {
        var grid = Read("{" + Least + "}");

        Assert.Equal("a", grid.Name);
        Assert.Equal(new GridData("dotnet-docs", [], GridTokenizerKind.Bpe, 1024, null) with
            { Paths = grid.Data.Paths }, grid.Data);
        Assert.Equal(
            new GridModel("micro-63k", ModelPresets.Find("micro-63k")!.Shape(1024) with { QkNorm = true },
                "models[0]"), Assert.Single(grid.Models));
        Assert.Equal(new GridLength(GridLengthKind.Tokens, 1e5, "lengths[0].tokens"), Assert.Single(grid.Lengths));
        Assert.Equal([1], grid.Seeds);
        Assert.Empty(grid.Recipe);
    }

    [Fact]
    public void Plain_models_have_norms_of_queries_and_keys_unless_the_recipe_says_otherwise_and_known_models_are_as_they_are()
    {
        string Models(string rest) => $$"""{ "name": "a", "lengths": [{ "tokens": 1e8 }], {{rest}} }""";
        bool[] Normed(string rest) =>
            [.. GridExpansion.Expand(Read(Models(rest)), new DataIdentity("d", "c0", "t0"),
                1024).Cells.Select(c => c.Spec.Shape.QkNorm)];

        const string Three = """ "models": ["23m", { "layers": 2, "width": 64, "heads": 2 }, "gpt2-small"] """;
        Assert.Equal([true, true, false], Normed(Three));
        Assert.Equal([false, false, false], Normed(Three + """, "recipe": { "qkNorm": false } """));
    }

    [Fact]
    public void Comments_and_trailing_commas_are_allowed() =>
        Assert.Equal("a", Read("{ // why\n /* and */ " + Least + ", }").Name);

    [Fact]
    public void A_missing_file_a_folder_and_an_empty_file_are_said()
    {
        using var folder = new TemporaryFolder();
        var empty = folder.Write("empty.json", " \n");
        Assert.Contains("no such file", ProblemsOf(() => GridFile.Read(folder["none.json"])).Single(),
            StringComparison.Ordinal);
        Assert.Contains("is a folder", ProblemsOf(() => GridFile.Read(folder.Path)).Single(), StringComparison.Ordinal);
        Assert.Contains("is empty", ProblemsOf(() => GridFile.Read(empty)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Malformed_JSON_is_said_with_its_line_and_column()
    {
        var problem = ProblemsOf("{\n \"name\": \"a\",\n \"models\" [\n").Single();
        Assert.StartsWith("grid.json, line 3, column ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_listed_at_once_each_with_its_path()
    {
        var problems = ProblemsOf("""
            {
              "name": "no/slash",
              "modles": [],
              "data": { "corpus": "dotnet-dox", "tokenizer": { "kind": "bpe" } },
              "context": [],
              "models": ["micro-64k", { "layers": 2, "width": 64, "heads": 5 }, { "layers": 0, "width": "64" }],
              "lengths": [{ "tokens": -5 }, { "flops": 1e11, "tokens": 3 }, { "token": 3 }],
              "recipe": { "positions": ["rotery"], "learningRate": 0, "beta1": [], "warm": 1 },
              "seeds": [1, 1],
              "worker": { "threads": 0.5 }
            }
            """);

        string[] expected =
        [
            "name: 'no/slash' does not do as a folder's name",
            "modles: unknown field 'modles' (did you mean 'models'?)",
            "data.corpus: 'dotnet-dox' is not known (did you mean 'dotnet-docs'?)",
            "data.tokenizer: kind \"bpe\" needs a vocabulary",
            "context: is empty",
            "models[0]: no preset is called 'micro-64k' (did you mean 'micro-63k'?)",
            "models[1].heads: width 64 is not divisible by 5 heads; try 4 heads",
            "models[2].layers: is 0",
            "models[2].width: is the text \"64\"; a number",
            "models[2]: has no heads",
            "lengths[0].tokens: is -5",
            "lengths[1]: has 2 lengths",
            "lengths[2].token: unknown field 'token' (did you mean 'tokens'?)",
            "recipe.positions[0]: 'rotery' is not known (did you mean 'rotary'?)",
            "recipe.learningRate: is 0; a number above 0 to 10 is expected",
            "recipe.beta1: is empty",
            "recipe.warm: unknown field 'warm' (did you mean 'warmup'?)",
            "seeds[1]: is given twice",
            "worker.threads: is 0.5",
        ];
        Assert.All(expected, e => Assert.Contains(problems, p => p.StartsWith(e, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_grid_intensity_has_a_name_and_grams_and_goes_to_the_workers_and_without_it_there_is_none()
    {
        static WorkerSettings Settled(string worker) =>
            Read("{" + Least + worker + "}").Worker.Over(new WorkerSettings { DataFolder = "", CheckpointFolder = "" });
        Assert.Equal(
            new GridIntensity("Kenya 2023", 96),
            Settled(""", "worker": { "gridIntensity": { "name": "Kenya 2023", "gramsPerKwh": 96 } }""").GridIntensity);
        Assert.Null(Settled("").GridIntensity);
        foreach (var (given, problem) in new[]
        {
            ("""{ "gramsPerKwh": 96 }""", "worker.gridIntensity: needs a name and gramsPerKwh"),
            ("""{ "name": "", "gramsPerKwh": -1 }""", "worker.gridIntensity.gramsPerKwh: is -1"),
            ("96", "worker.gridIntensity: is the number 96"),
        })
        {
            var problems = ProblemsOf("{" + Least + $$""", "worker": { "gridIntensity": {{given}} } }""");
            Assert.Contains(problems, p => p.StartsWith(problem, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_price_has_a_name_a_currency_and_a_rate_and_without_it_there_is_none()
    {
        Assert.Equal(
            new ComputePrice("list price", "EUR") { PerDeviceHour = 2.5 },
            Read("{" + Least
                + """, "worker": { "price": { "name": "list price", "currency": "EUR", "perDeviceHour": 2.5 } } }""").Worker.Price);
        Assert.Null(Read("{" + Least + "}").Worker.Price);
        foreach (var (given, problem) in new[]
        {
            ("""{ "name": "list price", "currency": "EUR" }""",
                "worker.price: needs a name, a currency, and perDeviceHour or perKwh"),
            ("""{ "perKwh": 0.3 }""", "worker.price: needs a name, a currency"),
            ("""{ "name": "a", "currency": "", "perDeviceHour": -1 }""", "worker.price.perDeviceHour: is -1"),
            ("""{ "name": "a", "currency": "EUR", "perHour": 1 }""", "worker.price.perHour: unknown field 'perHour'"),
            ("2.5", "worker.price: is the number 2.5"),
        })
        {
            var problems = ProblemsOf("{" + Least + $$""", "worker": { "price": {{given}} } }""");
            Assert.Contains(problems, p => p.StartsWith(problem, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_budget_below_one_step_is_listed_beside_the_problems_of_other_fields()
    {
        var problems = ProblemsOf("""
            { "name": "a", "models": ["micro-63k", { "layers": 1, "width": 10, "heads": 3 }], "lengths": [{ "flops": 1e7 }] }
            """);

        Assert.Contains(problems, p => p.StartsWith("models[1].heads", StringComparison.Ordinal));
        Assert.Contains(problems,
            p => p.StartsWith("lengths[0].flops: 1e7 FLOPs is too small for micro-63k: 37 tokens",
                StringComparison.Ordinal));
    }

    [Fact]
    public void An_odd_head_width_is_a_problem_with_rotary_positions_only()
    {
        const string Grid =
            """{ "name": "a", "models": [{ "layers": 1, "width": 9, "heads": 3 }], "lengths": [{ "tokens": 1e5 }]RECIPE }""";
        Assert.StartsWith("models[0].heads: rotary",
            ProblemsOf(Grid.Replace("RECIPE", "", StringComparison.Ordinal)).Single(), StringComparison.Ordinal);
        Read(Grid.Replace("RECIPE", """, "recipe": { "positions": "learned" }""", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "width": 128 }""", "exclude[0]: matches no cell")]
    [InlineData("""{ "model": "micro-63k" }""", "exclude: leaves no cell")]
    [InlineData("""{ }""", "exclude[0]: matches every cell")]
    [InlineData("""{ "widht": 24 }""", "exclude[0].widht: unknown field 'widht' (did you mean 'width'?)")]
    public void An_exclusion_that_cannot_be_meant_is_a_problem(string exclusion, string problem) =>
        Assert.Contains(ProblemsOf("{" + Least + $", \"exclude\": [{exclusion}] }}"),
            p => p.StartsWith(problem, StringComparison.Ordinal));

    [Fact]
    public void Paths_of_a_text_corpus_are_relative_to_the_grid_and_must_be_there()
    {
        using var folder = new TemporaryFolder();
        folder.Write("text/a.txt", "some text");
        const string Data =
            """, "data": { "corpus": "text", "paths": ["text", "none.txt"], "tokenizer": { "kind": "bytes" } } }""";
        var path = folder.Write("grid.json", "{" + Least + Data);

        var problem = ProblemsOf(() => GridFile.Read(path)).Single();
        Assert.StartsWith("data.paths[1]: no file or folder 'none.txt'", problem, StringComparison.Ordinal);

        File.WriteAllText(path, File.ReadAllText(path).Replace(", \"none.txt\"", "", StringComparison.Ordinal));
        Assert.Equal([folder["text"]], GridFile.Read(path).Data.Paths);
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("text/../../other")]
    [InlineData("/etc/hostname")]
    public void Text_outside_the_grids_folder_is_refused_whether_there_or_not_unless_it_is_allowed(string path)
    {
        using var folder = new TemporaryFolder();
        folder.Write("..text/a.txt", "a name that only begins with two dots is inside");
        var file = folder.Write("grid.json", "{" + Least + $$"""
            , "data": { "corpus": "text", "paths": ["..text", "{{path}}"], "tokenizer": { "kind": "bytes" } } }
            """);
        Assert.StartsWith($"data.paths[1]: '{path}' lies outside the grid's folder",
            ProblemsOf(() => GridFile.Read(file)).Single(), StringComparison.Ordinal);
        if (File.Exists(path)) Assert.Equal([folder["..text"], path], GridFile.Read(file, anyPath: true).Data.Paths);
        else Assert.StartsWith("data.paths[1]: no file or folder",
            ProblemsOf(() => GridFile.Read(file, anyPath: true)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_learning_rate_and_its_scale_together_are_a_problem() =>
        Assert.StartsWith(
            "recipe.learningRateScale: ",
            ProblemsOf("{" + Least + """, "recipe": { "learningRate": 0.01, "learningRateScale": 2 } }""").Single(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "name": "a\ud800", "models": ["23m"], "lengths": [] }""", "name: holds half of a character")]
    [InlineData("""{ "name": "a", "data": { "corpus": "text", "paths": ["x", "y\u0000z"] } }""",
        "data.paths[1]: holds a NUL character")]
    [InlineData("""{ "name": "a", "recipe": { "\udc00": 1 } }""", "recipe: holds half of a character")]
    public void What_JSON_can_spell_but_is_no_text_is_said_with_its_place(string json, string problem) =>
        Assert.StartsWith(problem, ProblemsOf(json).Single(), StringComparison.Ordinal);

    [Fact]
    public void A_list_is_no_grid() =>
        Assert.StartsWith("the grid: is an array", ProblemsOf("[1]").Single(), StringComparison.Ordinal);

    private static Grid Read(string json) => GridFile.Parse(json, "grid.json", Path.GetTempPath());

    private static List<string> ProblemsOf(string json) => ProblemsOf(() => Read(json));

    private static List<string> ProblemsOf(Func<Grid> read) =>
        [.. Assert.Throws<InputException>(read).Problems.Select(p => p.ToString())];
}
