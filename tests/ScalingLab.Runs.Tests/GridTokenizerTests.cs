using ScalingLab.Runs.Grids;

namespace ScalingLab.Runs.Tests;

public sealed class GridTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GridTokenizerTests()
    {
        foreach (var name in new[] { "a.txt", "tok/tokenizer.json", "tok/x.tiktoken" }) _folder.Write(name, "x");
    }

    public void Dispose() => _folder.Dispose();

    private GridData Parse(string tokenizer) => GridFile.Parse(
        $$"""
        { "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }],
          "data": { "corpus": "text", "paths": ["a.txt"], "tokenizer": {{tokenizer}} } }
        """,
        "grid.json", _folder.Path).Data;

    private string[] Problems(string tokenizer) =>
        [.. Assert.Throws<InputException>(() => Parse(tokenizer)).Problems.Select(p => p.ToString())];

    [Theory]
    [InlineData("bytes", GridTokenizerKind.Bytes)]
    [InlineData("gpt2", GridTokenizerKind.Gpt2)]
    [InlineData("cl100k_base", GridTokenizerKind.Cl100kBase)]
    [InlineData("o200k_base", GridTokenizerKind.O200kBase)]
    public void A_tokenizer_with_a_name_has_its_own_vocabulary(string name, GridTokenizerKind kind)
    {
        var data = Parse($$"""{ "kind": "{{name}}" }""");
        Assert.Equal((kind, null, null), (data.Tokenizer, data.Vocabulary, data.TokenizerDetails));
        Assert.Equal($"data.tokenizer.vocabulary: belongs to kind \"bpe\", not \"{name}\"",
            Problems($$"""{ "kind": "{{name}}", "vocabulary": 1024 }""").Single());
    }

    [Fact]
    public void A_file_is_found_beside_the_grid_and_a_rank_file_has_a_pattern()
    {
        var file = Parse("""{ "kind": "file", "path": "tok/tokenizer.json" }""");
        Assert.Equal((GridTokenizerKind.File, _folder["tok/tokenizer.json"], null),
            (file.Tokenizer, file.TokenizerDetails!.Path, file.TokenizerDetails.Pattern));
        var ranks = Parse("""{ "kind": "file", "path": "tok/x.tiktoken", "pattern": "cl100k" }""");
        Assert.Equal("cl100k", ranks.TokenizerDetails!.Pattern);
        Assert.Contains("does not say how words are cut",
            Problems("""{ "kind": "file", "path": "tok/x.tiktoken" }""").Single(), StringComparison.Ordinal);
        Assert.Contains("belongs to a rank file",
            Problems("""{ "kind": "file", "path": "tok/tokenizer.json", "pattern": "gpt2" }""").Single(),
            StringComparison.Ordinal);
        Assert.StartsWith("data.tokenizer.path: '../x.json' lies outside the grid's folder",
            Problems("""{ "kind": "file", "path": "../x.json" }""").Single(), StringComparison.Ordinal);
        Assert.StartsWith("data.tokenizer.path: is a folder",
            Problems("""{ "kind": "file", "path": "tok" }""").First(p => p.Contains("folder")),
            StringComparison.Ordinal);
        Assert.Contains("needs \"path\"", Problems("""{ "kind": "file" }""").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_trained_may_have_a_pre_splitting_and_special_tokens()
    {
        var details = Parse(
            """{ "kind": "bpe", "vocabulary": 512, "preSplit": "gpt4", "specialTokens": ["<|user|>"] }""")
            .TokenizerDetails!;
        Assert.Equal("gpt4", details.PreSplit);
        Assert.Equal(["<|user|>"], details.SpecialTokens!);
        Assert.Null(Parse("""{ "kind": "bpe", "vocabulary": 512 }""").TokenizerDetails);
        Assert.StartsWith("data.tokenizer.specialTokens: are 2: with 256 bytes",
            Problems("""{ "kind": "bpe", "vocabulary": 258, "specialTokens": ["a", "b"] }""").Single(),
            StringComparison.Ordinal);
        Assert.StartsWith("data.tokenizer.preSplit",
            Problems("""{ "kind": "bpe", "vocabulary": 512, "preSplit": "gpt3" }""").Single(),
            StringComparison.Ordinal);
        Assert.Equal("data.tokenizer.preSplit: belongs to kind \"bpe\", not \"gpt2\"",
            Problems("""{ "kind": "gpt2", "preSplit": "gpt4" }""").Single());
    }
}
