using System.Text.Json;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Runs.Tests;

/// <summary>Values that a command line gives in place of a grid file's.</summary>
public class GridOverrideTests
{
    private const string File = """
        { // a comment
          "name": "a", "models": ["micro-28k", "micro-39k"], "lengths": [{ "flops": 1e11 }, { "tokens": 1e6 }],
          "recipe": { "positions": "rotary", "warmup": 0.1 }, "data": { "corpus": "dotnet-docs", "tokenizer": { "kind": "bpe", "vocabulary": 1024 } }
        }
        """;

    [Theory]
    [InlineData("seeds=3", "seeds", "3")]
    [InlineData("seeds=1,2", "seeds", "[1,2]")]
    [InlineData("seeds=[1,2]", "seeds", "[1,2]")]
    [InlineData("models=micro-63k,micro-90k", "models", """["micro-63k","micro-90k"]""")]
    [InlineData("models=[micro-63k,micro-90k]", "models", """["micro-63k","micro-90k"]""")]
    [InlineData("models=23m", "models", """["23m"]""")]
    [InlineData("""models={"layers":1,"width":8,"heads":1},23m""", "models",
        """[{"layers":1,"width":8,"heads":1},"23m"]""")]
    [InlineData("models.1=23m", "models", """["micro-28k","23m"]""")]
    [InlineData("models[1]=null", "models", """["micro-28k"]""")]
    [InlineData("lengths.0.flops=1e12", "lengths", """[{"flops":1e12},{"tokens":1e6}]""")]
    [InlineData("lengths[1]={\"flops\":2e12}", "lengths", """[{"flops":1e11},{"flops":2e12}]""")]
    [InlineData("lengths.flops=1e12,2e12", "lengths", """[{"flops":1e12},{"flops":2e12}]""")]
    [InlineData("lengths.tokensPerParameter=20", "lengths", """[{"tokensPerParameter":20}]""")]
    [InlineData("recipe.positions=learned", "recipe", """{"positions":"learned","warmup":0.1}""")]
    [InlineData("recipe.positions=\"learned\"", "recipe", """{"positions":"learned","warmup":0.1}""")]
    [InlineData("recipe.warmup=null", "recipe", """{"positions":"rotary"}""")]
    [InlineData("recipe.qkNorm=true,false", "recipe", """{"positions":"rotary","warmup":0.1,"qkNorm":[true,false]}""")]
    [InlineData("recipe.learningRateScale=.5,+2", "recipe",
        """{"positions":"rotary","warmup":0.1,"learningRateScale":[0.5,2]}""")]
    [InlineData("data.tokenizer.vocabulary=512", "data",
        """{"corpus":"dotnet-docs","tokenizer":{"kind":"bpe","vocabulary":512}}""")]
    [InlineData("worker.threads=2", "worker", """{"threads":2}""")]
    [InlineData("name=7", "name", "\"7\"")]
    [InlineData("question=Does it work, and how well?", "question", "\"Does it work, and how well?\"")]
    [InlineData("exclude={\"model\":\"micro-28k\"}", "exclude", """[{"model":"micro-28k"}]""")]
    public void A_word_puts_its_value_into_the_grid(string word, string section, string json)
    {
        using var kept = JsonDocument.Parse(Read(word).Json);
        using var expected = JsonDocument.Parse(json);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, kept.RootElement.GetProperty(section)),
            kept.RootElement.GetProperty(section).GetRawText());
    }

    [Fact]
    public void The_runs_are_those_of_a_file_that_says_the_same()
    {
        var typed = Read("recipe.positions=learned", "seeds=1,2", "lengths.flops=2e11");
        var written = GridFile.Parse(
            File.Replace("rotary", "learned", StringComparison.Ordinal)
            .Replace("""[{ "flops": 1e11 }, { "tokens": 1e6 }]""", """[{ "flops": 2e11 }]""",
                StringComparison.Ordinal)
                .Replace("\"recipe\"", "\"seeds\": [1, 2], \"recipe\"", StringComparison.Ordinal), "grid.json", "/");
        Assert.Equal(Ids(written), Ids(typed));
        Assert.NotEqual(Ids(Read()), Ids(typed));
    }

    [Fact]
    public void What_is_kept_of_a_grid_reads_as_the_same_grid()
    {
        var typed = Read("recipe.mlp=swiglu,gelu", "models.0=micro-63k");
        Assert.Equal(Ids(typed), Ids(GridFile.Parse(typed.Json, "grid.json", "/")));
    }

    [Theory]
    [InlineData("positions=learned", "positions: unknown field 'positions' (did you mean 'recipe.positions'?)")]
    [InlineData("thread=2", "thread: unknown field 'thread' (did you mean 'worker.threads'?)")]
    [InlineData("recpe.mlp=gelu", "recpe.mlp: unknown field 'recpe.mlp' (did you mean 'recipe'?)")]
    [InlineData("recipe.positons=learned", "recipe.positons: unknown field 'positons' (did you mean 'positions'?)")]
    [InlineData("recipe.positions=lerned", "recipe.positions: 'lerned' is not known (did you mean 'learned'?)")]
    [InlineData("models=gpt2", "models[0]: no preset is called 'gpt2' (did you mean 'gpt2-small'?)")]
    [InlineData("models=23M", "models[0]: no preset is called '23M' (did you mean '23m'?)")]
    [InlineData("models.2=23m", "models[2]: the list has the places 0 to 1, and no '2'")]
    [InlineData("context.0=64", "context[0]: names a place in a list that is not in the grid; give the whole list")]
    [InlineData("name.x=1", "name.x: 'x' cannot be put into \"a\"")]
    [InlineData("recipe.mlp=null",
        "recipe.mlp: is not in the grid, so that it cannot be left out (known: positions, warmup)")]
    [InlineData("recipe.mlp=", "recipe.mlp: has no value after '='")]
    [InlineData("other.json", "other.json: is no FIELD=VALUE such as seeds=1,2")]
    [InlineData("models=[{layers:1,width:8}]",
        "models: '{layers:1,width:8}' is no JSON; a shell takes its quotes away")]
    [InlineData("seeds=1,,2", "seeds: has an empty item in its list")]
    [InlineData("recipe..mlp=gelu", "recipe..mlp: unknown field 'recipe..mlp'")]
    public void What_cannot_be_put_there_is_said_with_its_place(string word, string problem) =>
        Assert.Contains(ProblemsOf(word), p => p.StartsWith(problem, StringComparison.Ordinal));

    [Fact]
    public void All_problems_of_the_words_and_of_the_grid_are_listed_at_once()
    {
        var problems = ProblemsOf("seeds=1", "seeds=2", "nonsense", "recipe.positions=lerned");
        Assert.Equal(3, problems.Count);
        Assert.Contains("seeds: is given 2 times on the command line; keep one (a list is seeds=A,B)", problems);
    }

    private static Grid Read(params string[] words) => GridFile.Parse(File, "grid.json", "/", words: words);

    private static List<string> ProblemsOf(params string[] words) =>
        [.. Assert.Throws<InputException>(() => Read(words)).Problems.Select(p => p.ToString())];

    private static IEnumerable<RunId> Ids(Grid grid) =>
        GridExpansion.Expand(grid, new DataIdentity("dotnet-docs", "c0", "t0"), 1024).Cells.Select(c => c.Spec.Id);
}
