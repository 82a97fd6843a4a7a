using ScalingLab.Reporting.Drawing;

namespace ScalingLab.Reporting.Blocks;

/// <summary>Hands out figures with their numbers, each once, in the order of the text.</summary>
internal sealed class FigureNumbers(IReadOnlyList<DrawnFigure> figures)
{
    private readonly List<DrawnFigure> _left = [.. figures];
    private int _last;

    /// <summary>The next figure of each name, name by name.</summary>
    public IEnumerable<Block> Take(IEnumerable<string> names) => names.SelectMany(name => Take(name));

    /// <summary>
    /// The next figures whose names begin with the word, in their order; at most <paramref name="most"/>.
    /// </summary>
    public IEnumerable<Block> Take(string word, int most = 1)
    {
        foreach (var figure in _left.Where(f => f.Figure.Name.StartsWith(word, StringComparison.Ordinal)).Take(most)
            .ToList())
        {
            _left.Remove(figure);
            yield return new FigureBlock(++_last, figure);
        }
    }
}
