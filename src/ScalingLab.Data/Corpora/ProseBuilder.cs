using System.Text;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Text with its white space made plain: one space between words, one line feed between paragraphs, none at the ends.
/// A blank line in the source is a paragraph break, a single line break is a space.</summary>
internal sealed class ProseBuilder
{
    private readonly StringBuilder _text = new();
    private bool _space;
    private bool _break;

    public void Space() => _space = true;

    public void Break() => _break = true;

    public void Append(string words)
    {
        var lines = 0;
        foreach (var c in words)
        {
            if (char.IsWhiteSpace(c))
            {
                _space = true;
                if (c == '\n' && ++lines > 1) _break = true;
                continue;
            }
            lines = 0;
            if (_text.Length > 0 && (_break || _space)) _text.Append(_break ? '\n' : ' ');
            _space = _break = false;
            _text.Append(c);
        }
    }

    public override string ToString() => _text.ToString();
}
