using System.Text.RegularExpressions;

namespace ScalingLab.Tidy.Tests;

/// <summary>Words that docs/glossary.md has others for, and paths that documents name.</summary>
public sealed partial class WordTests
{
    // What happened stands in its own words.
    private static readonly string[] History = ["LOG.md", "CHANGELOG.md", "docs/glossary.md"];

    [Fact]
    public void No_word_is_used_that_the_glossary_has_another_for()
    {
        var banned = Banned().Matches(Sources.Read("docs/glossary.md")).Select(m => m.Groups["word"].Value).ToList();
        Assert.True(banned.Count >= 10, $"the glossary bans {banned.Count} words");
        var words = new Regex(
            string.Join('|', banned.Select(word => $@"\b{word}\b")), RegexOptions.None, TimeSpan.FromMinutes(1));
        Offenders.None(
            from file in Sources.Files("src", ".cs").Concat(Documents)
            from line in Sources.Read(file).Split('\n').Select((text, i) => (Text: text, Number: i + 1))
            let found = words.Match(line.Text)
            where found.Success
            select $"{file}:{line.Number}: {found.Value}");
    }

    [Fact]
    public void Every_path_that_a_document_names_is_there() => Offenders.None(
        from file in Documents
        from path in Paths().Matches(Sources.Read(file)).Select(m => m.Groups["path"].Value)
        where !Path.Exists(Repository.At(path)) && !Directory.EnumerateFileSystemEntries(
            Repository.At(Path.GetDirectoryName(path)!), Path.GetFileName(path)).Any()
        select $"{file}: {path}");

    [Fact]
    public void The_product_names_no_file_of_the_tests_or_of_the_documents_to_build_or_to_run() => Offenders.None(
        from file in Sources.Files("src", ".csproj", ".props", ".targets", ".cs")
        from line in Sources.Read(file).Split('\n')
        where Foreign().IsMatch(line)
        select $"{file}: {line.Trim()}");

    private static IEnumerable<string> Documents =>
        (Sources.Tracked() ?? []).Where(f => f.EndsWith(".md", StringComparison.Ordinal)
            && !f.StartsWith("results/", StringComparison.Ordinal)).Except(History);

    [GeneratedRegex(@"^\| `(?<word>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Banned();

    [GeneratedRegex(@"`(?<path>(?:src|tests|docs|experiments|notebooks)/[\w./*-]+)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"(Include|Link|Project)=""[^""]*\b(tests|docs)/|""docs/[^""]*\.(sh|py|cs)""")]
    private static partial Regex Foreign();
}
