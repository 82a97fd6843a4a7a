using ScalingLab.Reporting.Blocks;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// The headings of a document: what each is called in an address or a file's name, and which one a block stands under.
/// </summary>
internal sealed class PageHeadings
{
    private readonly Dictionary<int, (int Level, string Text, string Id)> _headings = [];

    public PageHeadings(IReadOnlyList<Block> blocks)
    {
        var taken = new HashSet<string>();
        foreach (var (place, block) in blocks.Index())
        {
            if (block is not Heading heading) continue;
            var id = Slug(heading.Text);
            for (var n = 2; !taken.Add(id); n++) id = FormattableString.Invariant($"{Slug(heading.Text)}-{n}");
            _headings[place] = (heading.Level, heading.Text, id);
        }
    }

    /// <summary>The id of the heading at that place.</summary>
    public string Id(int place) => _headings[place].Id;

    /// <summary>The text of the last heading before that place; empty where there is none.</summary>
    public string Above(int place) => Last(place).Text;

    /// <summary>The id of the last heading before that place.</summary>
    public string IdAbove(int place) => Last(place).Id;

    /// <summary>The headings of level 2 after that place.</summary>
    public IEnumerable<(string Text, string Id)> After(int place) =>
        _headings.Where(h => h.Key > place && h.Value.Level == 2).OrderBy(h => h.Key)
        .Select(h => (h.Value.Text, h.Value.Id));

    private (int Level, string Text, string Id) Last(int place) =>
        _headings.Where(h => h.Key < place).OrderBy(h => h.Key).Select(h => h.Value)
        .LastOrDefault((0, "", "table"));

    private static string Slug(string text)
    {
        var words = new string([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "section" : string.Join('-', words);
    }
}
