using System.Text.RegularExpressions;
using ScalingLab.Reporting.Blocks;

namespace ScalingLab.Reporting.Tests;

/// <summary>A report's references are the works that it cites.</summary>
public sealed partial class ReferenceTests
{
    [Fact]
    public async Task A_report_lists_what_it_cites_and_nothing_else()
    {
        var (folder, _) = await Drawn.QuickstartAsync();
        var whole = Listed(File.ReadAllText(folder["report.md"]).Replace("\\", "", StringComparison.Ordinal));
        Assert.Contains("Hoffmann et al. 2022", whole);
        Assert.Contains("Gadre et al. 2024", whole);
        Assert.DoesNotContain("Tukey 1958", whole);
        Assert.Equal(["Porian et al. 2024", "Li et al. 2025"], Listed(Written.Of(OddSweepTests.Odd("one run")).Report));
    }

    private static List<string> Listed(string report)
    {
        var parts = report.Split("\n## References\n");
        var cited = Citation().Matches(parts[0]).Select(m => m.Value.Replace("(", "", StringComparison.Ordinal))
            .ToHashSet();
        Assert.All(cited, citation => Assert.Contains(References.All, r => r.Key == citation));
        var listed = References.All.Where(r => parts[1].Contains(r.Title, StringComparison.Ordinal)).ToList();
        Assert.All(listed, r => Assert.Contains(r.Key, parts[0], StringComparison.Ordinal));
        Assert.All(listed.Where(r => r.Arxiv is not null), r => Assert.Contains($"(https://arxiv.org/abs/{r.Arxiv})",
            parts[1], StringComparison.Ordinal));
        return [.. listed.Select(r => r.Key)];
    }

    [GeneratedRegex(@"\b[A-Z][\w-]+( et al\.| and [A-Z]\w+)? \(?(19|20)\d\d\b")]
    private static partial Regex Citation();
}
