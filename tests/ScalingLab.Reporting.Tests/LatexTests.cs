using System.Text.RegularExpressions;
using ScalingLab.Reporting.Blocks;
using ScalingLab.Reporting.Rendering;

namespace ScalingLab.Reporting.Tests;

/// <summary>Tables for papers hold what pdflatex asks of them, whatever names users give.</summary>
public sealed partial class LatexTests
{
    private static readonly string[] Known =
    [
        "textbf", "texttt", "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar",
            "textasciigrave", "times", "cdot", "pm",
        "propto", "leq", "geq", "approx", "alpha", "beta", "gamma", "delta", "epsilon", "eta", "lambda", "mu", "sigma",
            "dag", "dots", "to", "ss", "ae",
        "i", "c",
    ];

    [Theory]
    [InlineData("50 % of a_b & c#d $5 {x}", "50 \\% of a\\_b \\& c\\#d \\$5 \\{x\\}")]
    [InlineData("\\end{x}^~", "\\textbackslash{}end\\{x\\}\\textasciicircum{}\\textasciitilde{}")]
    [InlineData("<|>\"`", "\\textless{}\\textbar{}\\textgreater{}''\\textasciigrave{}")]
    [InlineData("[1] *2* --x ,,", "{[}1{]} {*}2{*} -{}-x ,{},")]
    [InlineData("2.5×10¹¹ ± 10⁻³", "2.5$\\times$10$^{11}$ $\\pm$ 10$^{-3}$")]
    [InlineData("α/(α+β) – é ç ß", "$\\alpha$/{(}$\\alpha$+$\\beta$) -- \\'{e} \\c{c} \\ss{}")]
    [InlineData("中 😀\nend\u0007", "\\texttt{U+4E2D} \\texttt{U+1F600} end")]
    public void Every_sign_is_set_as_it_is(string text, string latex) => Assert.Equal(latex, LatexText.Escaped(text));

    [Fact]
    public void Half_a_pair_of_surrogates_is_left_out() => Assert.Equal("ab", LatexText.Escaped("a\ud83db"));

    [Fact]
    public async Task Every_table_of_a_report_is_right_under_pdflatex_whatever_its_names()
    {
        const string Hostile = "a_b&c%$#{}~^\\[1]*中";
        var table =
            new Table([Hostile, "x"],
                [[Hostile, "1"], [Line.Code(Hostile), Line.Strong("[2]")], [new string('w', 50), "*"]]);
        var (folder, _) = await Drawn.QuickstartAsync();
        List<(string Name, string Text)> tables =
        [
            .. Directory.GetFiles(folder["tables"]).Select(f => (Path.GetFileName(f), File.ReadAllText(f))),
            .. LatexTables.Render([new Heading(2, Hostile), table, table]),
        ];
        Assert.Equal(["a-b-c-1.tex", "a-b-c-1-table-2.tex"], tables.TakeLast(2).Select(t => t.Name));
        Assert.Contains("{p{6cm}r}", tables[^1].Text, StringComparison.Ordinal);
        Assert.True(tables.Count > 12);
        Assert.All(tables, t => Assert.Equal("", Fault(t.Text)));
    }

    [Fact]
    public async Task The_folder_of_tables_holds_those_of_this_report_alone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["tables"]);
        foreach (var file in (string[])["old.tex", "notes.txt"]) File.WriteAllText(folder[$"tables/{file}"], "");
        var files = new List<string>();
        await LatexTables.WriteAsync([new Heading(2, "Costs"), new Table(["a"], [["b"]])], folder.Path, files,
            CancellationToken.None);
        Assert.Equal(["tables/costs.tex"], files);
        Assert.Equal(["costs.tex", "notes.txt"],
            Directory.GetFiles(folder["tables"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>What pdflatex would stop at; empty: nothing.</summary>
    private static string Fault(string text)
    {
        if (text.FirstOrDefault(c => !char.IsAscii(c)) is var strange and not '\0') return $"has {strange}";
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var columns = Columns().Match(lines[1]).Groups[1].Value.Replace("p{6cm}", "p", StringComparison.Ordinal).Length;
        string[] frame = [lines[2], lines[4], lines[^2], lines[^1]];
        if (!frame.SequenceEqual(["\\toprule", "\\midrule", "\\bottomrule", "\\end{tabular}"]))
            return "has other rules";
        foreach (var row in lines[5..^2].Prepend(lines[3]))
        {
            if (!row.EndsWith(" \\\\", StringComparison.Ordinal)) return $"row without end: {row}";
            var cells = Cells().Split(row[..^3]);
            if (cells.Length != columns) return $"{cells.Length} cells for {columns} columns: {row}";
            foreach (var cell in cells)
            {
                if (cell.TrimStart() is ['[' or '*' or '(', ..]) return $"a cell that begins as an argument: {cell}";
                var depth = 0;
                var bare = Escape().Replace(cell, "");
                foreach (var c in bare) if ((depth += c == '{' ? 1 : c == '}' ? -1 : 0) < 0)
                    return $"a brace too many: {cell}";
                if (depth != 0) return $"a brace too few: {cell}";
                var parts = bare.Split('$');
                if (parts.Length % 2 == 0) return $"mathematics without end: {cell}";
                if (parts.Where((_, i) => i % 2 == 0)
                    .Any(p => p.IndexOfAny(['_', '^', '#', '%', '~', '&', '<', '>', '|', '"']) >= 0))
                    return $"a bare sign: {cell}";
                if (Command().Matches(bare).Select(m => m.Groups[1].Value)
                    .FirstOrDefault(name => !Known.Contains(name)) is { } unknown) return $"\\{unknown}";
            }
        }

        return "";
    }

    [GeneratedRegex(@"^\\begin\{tabular\}\{(.*)\}$")]
    private static partial Regex Columns();

    [GeneratedRegex(@"(?<!\\)&")]
    private static partial Regex Cells();

    [GeneratedRegex(@"\\[^a-zA-Z]")]
    private static partial Regex Escape();

    [GeneratedRegex(@"\\([a-zA-Z]+)")]
    private static partial Regex Command();
}
