using System.Globalization;
using System.Text;

namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// Any text as LaTeX that pdflatex sets in any font encoding: pure ASCII, no character of which has a meaning of its
/// own.
/// </summary>
internal static class LatexText
{
    // What begins so after \\ or a rule would be taken for its argument: a group of its own is not. Two dashes or
    // commas in a row would become one sign.
    private static readonly Dictionary<char, string> Signs = new()
    {
        ['\\'] = "\\textbackslash{}", ['{'] = "\\{", ['}'] = "\\}", ['$'] = "\\$", ['&'] = "\\&", ['#'] = "\\#",
            ['%'] = "\\%", ['_'] = "\\_",
        ['^'] = "\\textasciicircum{}", ['~'] = "\\textasciitilde{}", ['<'] = "\\textless{}", ['>'] = "\\textgreater{}",
            ['|'] = "\\textbar{}",
        ['"'] = "''", ['`'] = "\\textasciigrave{}", ['['] = "{[}", [']'] = "{]}", ['*'] = "{*}", ['('] = "{(}",
        ['×'] = "$\\times$", ['·'] = "$\\cdot$", ['±'] = "$\\pm$", ['−'] = "$-$", ['–'] = "--", ['—'] = "---",
            ['∝'] = "$\\propto$", ['√'] = "$\\surd$",
        ['≤'] = "$\\leq$", ['≥'] = "$\\geq$", ['≈'] = "$\\approx$", ['∞'] = "$\\infty$", ['°'] = "$^{\\circ}$",
            ['→'] = "$\\to$", ['†'] = "\\dag{}",
        ['α'] = "$\\alpha$", ['β'] = "$\\beta$", ['γ'] = "$\\gamma$", ['δ'] = "$\\delta$", ['ε'] = "$\\epsilon$",
            ['η'] = "$\\eta$", ['λ'] = "$\\lambda$",
        ['μ'] = "$\\mu$", ['µ'] = "$\\mu$", ['σ'] = "$\\sigma$", ['ß'] = "\\ss{}", ['æ'] = "\\ae{}", ['Æ'] = "\\AE{}",
            ['ø'] = "\\o{}", ['Ø'] = "\\O{}",
        ['œ'] = "\\oe{}", ['Œ'] = "\\OE{}", ['ł'] = "\\l{}", ['Ł'] = "\\L{}", ['ı'] = "\\i{}", ['…'] = "\\dots{}",
            ['’'] = "'", ['‘'] = "`",
        ['“'] = "``", ['”'] = "''", ['§'] = "\\S{}", ['\u00a0'] = "~", ['ᵃ'] = "$^{a}$", ['ᵇ'] = "$^{b}$",
    };

    // The command, the accent by itself, and letters each with what the two make together. The framework takes no
    // letter apart where it knows no culture.
    private static readonly (string Command, char Accent, string Letters)[] Accented =
    [
        ("\\`", '\u0300', "aàeèiìnǹoòuùwẁyỳAÀEÈIÌNǸOÒUÙWẀYỲ"),
        ("\\'", '\u0301', "aácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzźAÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹ"),
        ("\\^", '\u0302', "aâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑAÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶZẐ"),
        ("\\~", '\u0303', "aãeẽiĩnñoõuũvṽyỹAÃEẼIĨNÑOÕUŨVṼYỸ"),
        ("\\=", '\u0304', "aāeēgḡiīoōuūyȳAĀEĒGḠIĪOŌUŪYȲ"),
        ("\\u", '\u0306', "aăeĕgğiĭoŏuŭAĂEĔGĞIĬOŎUŬ"),
        ("\\.", '\u0307', "aȧbḃcċdḋeėfḟgġhḣmṁnṅoȯpṗrṙsṡtṫwẇxẋyẏzżAȦBḂCĊDḊEĖFḞGĠHḢIİMṀNṄOȮPṖRṘSṠTṪWẆXẊYẎZŻ"),
        ("\\\"", '\u0308', "aäeëhḧiïoötẗuüwẅxẍyÿAÄEËHḦIÏOÖUÜWẄXẌYŸ"),
        ("\\r", '\u030a', "aåuůwẘyẙAÅUŮ"),
        ("\\H", '\u030b', "oőuűOŐUŰ"),
        ("\\v", '\u030c', "aǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzžAǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽ"),
        ("\\c", '\u0327', "cçdḑeȩgģhḩkķlļnņrŗsştţCÇDḐEȨGĢHḨKĶLĻNŅRŖSŞTŢ"),
    ];

    private static readonly Dictionary<char, string> Accents = Accented.ToDictionary(a => a.Accent, a => a.Command);

    private static readonly Dictionary<char, (char Letter, string Command)> Letters = Accented
        .SelectMany(a => a.Letters.Chunk(2).Select(pair => (Whole: pair[1], Letter: pair[0], a.Command)))
        .ToDictionary(l => l.Whole, l => (l.Letter, l.Command));

    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
    private const string Lowered = "0123456789-";

    /// <summary>The text, line ends as spaces.</summary>
    public static string Escaped(string text)
    {
        var latex = new StringBuilder();
        var plain = Whole(text);
        for (var i = 0; i < plain.Length; i++)
        {
            var c = plain[i];
            if (i + 1 < plain.Length && char.IsAsciiLetter(c) && Accents.TryGetValue(plain[i + 1], out var accent))
            {
                Accent(accent, c);
                i++;
            }
            else if (Letters.TryGetValue(c, out var letter)) Accent(letter.Command, letter.Letter);
            else if (Raised.Contains(c, StringComparison.Ordinal))
            {
                var end = i;
                while (end < plain.Length && Raised.Contains(plain[end], StringComparison.Ordinal)) end++;
                latex.Append("$^{")
                    .Append([.. plain[i..end].Select(r => Lowered[Raised.IndexOf(r, StringComparison.Ordinal)])])
                    .Append("}$");
                i = end - 1;
            }
            else if (c is '-' or ',' && i > 0 && plain[i - 1] == c) latex.Append("{}").Append(c);
            else if (Signs.TryGetValue(c, out var sign)) latex.Append(sign);
            else if (char.IsWhiteSpace(c)) latex.Append(' ');
            else if (char.IsAscii(c) && !char.IsControl(c)) latex.Append(c);
            else if (!char.IsControl(c)) latex.Append(Unknown(plain, ref i));
        }

        return latex.ToString();

        void Accent(string command, char letter) =>
            latex.Append(command).Append('{').Append(letter is 'i' or 'j' ? $"\\{letter}" : $"{letter}").Append('}');
    }

    /// <summary>The text within a comment: one line of ASCII.</summary>
    public static string Comment(string text) =>
        new([.. text.Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : ' ')]);

    // Half a pair of surrogates is no sign.
    private static string Whole(string text) =>
        new([.. text.Where((c, i) => !char.IsSurrogate(c)
            || char.IsSurrogatePair(text, Math.Max(0, char.IsHighSurrogate(c) ? i : i - 1)))]);

    // pdflatex stops at a sign that its fonts have not: its number stands for it.
    private static string Unknown(string text, ref int at)
    {
        var rune = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? char.ConvertToUtf32(text[at], text[++at])
            : text[at];
        return $"\\texttt{{U+{rune.ToString("X4", CultureInfo.InvariantCulture)}}}";
    }
}
