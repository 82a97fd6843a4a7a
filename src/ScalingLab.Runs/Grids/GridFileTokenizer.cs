using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Grids;

/// <summary>The tokenizer of a grid's data section.</summary>
internal sealed class GridFileTokenizer(GridFileData data)
{
    private const string RankEnding = ".tiktoken";
    private const int MostSpecialTokens = 1000;

    /// <summary>Fields of an object that are named by some kinds alone, with those kinds.</summary>
    private static readonly (string Field, string Kind)[] FieldKinds =
        [("vocabulary", "bpe"), ("preSplit", "bpe"), ("specialTokens", "bpe"), ("path", "file"), ("pattern", "file")];

    private static readonly string[] Fields = ["kind", .. FieldKinds.Select(field => field.Field)];

    /// <summary>What was said beside kind and vocabulary; null where nothing was.</summary>
    public GridTokenizer? Details { get; private set; }

    /// <summary>Reads kind and vocabulary; what is wrong goes onto the file's list of problems.</summary>
    public (GridTokenizerKind Kind, int? Vocabulary) Read(JsonField value)
    {
        if (value.Fields(Fields) is not { } fields) return (GridTokenizerKind.Bpe, GridFileSections.DefaultVocabulary);
        var name = fields.TryGetValue("kind", out var k) ? k.OneOf(GridTokenizer.Kinds) : null;
        if (k is null) value.AddProblem("has no kind; give \"kind\": \"bpe\" with a vocabulary, or one of "
            + string.Join(", ", GridTokenizer.Kinds.Where(kind => kind != "bpe")));
        foreach (var (field, kind) in FieldKinds.Where(of => name is not null && of.Kind != name
            && fields.ContainsKey(of.Field)))
            fields[field].AddProblem($"belongs to kind \"{kind}\", not \"{name}\"");
        var vocabulary = fields.TryGetValue("vocabulary", out var v) ? (int?)v.Integer(257, 1_000_000) : null;
        if (name == "file") ReadFile(value, fields);
        if (name is not (null or "bpe"))
            return (Enum.GetValues<GridTokenizerKind>()[GridTokenizer.Kinds.ToList().IndexOf(name)], null);
        if (name == "bpe" && v is null) value.AddProblem("kind \"bpe\" needs a vocabulary, e.g. 1024");
        ReadTraining(fields, vocabulary);
        return (GridTokenizerKind.Bpe, vocabulary ?? GridFileSections.DefaultVocabulary);
    }

    private void ReadFile(JsonField value, IReadOnlyDictionary<string, JsonField> fields)
    {
        var path = fields.TryGetValue("path", out var p) ? data.FullPath(p) : null;
        if (p is null) value.AddProblem("kind \"file\" needs \"path\": a tokenizer.json, or a rank file (.tiktoken)");
        else if (path is not null && Directory.Exists(path)) p.AddProblem("is a folder; give the file in it");
        var pattern = fields.TryGetValue("pattern", out var of) ? of.OneOf(GridTokenizer.Patterns) : null;
        var isRanks = path?.EndsWith(RankEnding, StringComparison.OrdinalIgnoreCase);
        if (isRanks == true && of is null)
            value.AddProblem("a rank file does not say how words are cut; give \"pattern\", one of "
                + string.Join(", ", GridTokenizer.Patterns));
        if (isRanks == false)
            of?.AddProblem($"belongs to a rank file, whose name ends in {RankEnding}; tokenizer.json has its own");
        Details = new() { Path = path, Pattern = pattern };
    }

    private void ReadTraining(IReadOnlyDictionary<string, JsonField> fields, int? vocabulary)
    {
        var split = fields.TryGetValue("preSplit", out var s) ? s.OneOf(GridTokenizer.PreSplits) : null;
        var special = fields.TryGetValue("specialTokens", out var t)
            ? t.Items(MostSpecialTokens).Select(item => item.Text()).OfType<string>().ToList() : null;
        if (special is not null && vocabulary - special.Count < 257)
            t!.AddProblem($"are {special.Count}: with 256 bytes and the end of document they are more than the "
                + $"vocabulary of {vocabulary}");
        if (split is not null || special is not null) Details = new() { PreSplit = split, SpecialTokens = special };
    }
}
