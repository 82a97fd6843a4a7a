using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Grids;

/// <summary>The data section of a grid whose tokens are drawn from a source of known entropy.</summary>
internal static class GridFileTeacher
{
    private const int MaxOrder = 16;
    private const int MaxNonterminals = 4096;

    /// <summary>The fields of a definition, of every kind.</summary>
    internal static readonly string[] Fields =
    [
        "kind", "vocabulary", "seed", "exponent", "order", "backoff", "copyProbability", "copyLength", "nonterminals",
        "rules",
    ];

    /// <summary>Whether a data section is of a teacher.</summary>
    public static bool Names(IReadOnlyDictionary<string, JsonField> data) =>
        data.ContainsKey(CorpusKind.Teacher.Name)
        || (data.TryGetValue("corpus", out var corpus) && corpus.Is(CorpusKind.Teacher.Name));

    /// <summary>Reads the section; null where there is no whole definition.</summary>
    /// <param name="value">The section.</param>
    /// <param name="data">Its fields.</param>
    /// <param name="unique">Unique tokens that runs may see.</param>
    public static GridData? Read(JsonField value, IReadOnlyDictionary<string, JsonField> data,
        IReadOnlyList<long> unique)
    {
        if (!data.TryGetValue("corpus", out var corpus) || !corpus.Is(CorpusKind.Teacher.Name))
            (corpus ?? value).AddProblem($"a \"{CorpusKind.Teacher.Name}\" belongs to \"corpus\": "
                + $"\"{CorpusKind.Teacher.Name}\"; give that, or leave the teacher out");
        foreach (var (name, field) in data)
        {
            if (name != "corpus" && name != "uniqueTokens" && name != CorpusKind.Teacher.Name)
                field.AddProblem("has no meaning beside a teacher, whose tokens are its own");
        }

        if (!data.TryGetValue(CorpusKind.Teacher.Name, out var definition))
        {
            value.AddProblem($"corpus \"{CorpusKind.Teacher.Name}\" needs \"{CorpusKind.Teacher.Name}\": e.g. "
                + "{ \"kind\": \"zipf-ngram\", \"vocabulary\": 256, \"order\": 1 }");
            return null;
        }

        return Definition(definition) is { } teacher
            ? new GridData(CorpusKind.Teacher.Name, [], GridTokenizerKind.Bytes, teacher.Vocabulary, null)
            { Teacher = teacher, UniqueTokens = unique }
            : null;
    }

    private static TeacherSpec? Definition(JsonField value)
    {
        if (value.Fields(Fields) is not { } given) return null;
        TeacherKind? kind = null;
        if (given.TryGetValue("kind", out var k))
            kind = k.OneOf(EnumNames.All<TeacherKind>()) is { } word ? EnumNames.Find<TeacherKind>(word) : null;
        else value.AddProblem($"has no kind; give one of {string.Join(", ", EnumNames.All<TeacherKind>())}");
        long? vocabulary = null;
        if (given.TryGetValue("vocabulary", out var v))
            vocabulary = v.Integer(TeacherSpec.VocabularyMin, TeacherSpec.VocabularyMax);
        else value.AddProblem("has no vocabulary; give the number of its tokens, e.g. 256");
        var markov = kind is TeacherKind.ZipfNgram or TeacherKind.Text;
        var copying = kind is TeacherKind.Copying or TeacherKind.Text;
        var grammar = kind is TeacherKind.Grammar;
        var read = new FieldReader(given, kind);
        var spec = new TeacherSpec
        {
            Kind = kind ?? default,
            Vocabulary = (int)(vocabulary ?? TeacherSpec.VocabularyMin),
            Seed = (int)read.Integer("seed", true, (0, int.MaxValue), 1)!.Value,
            Exponent = read.Number("exponent", true, new(0, 8), 1)!.Value,
            Order = (int?)read.Integer("order", markov, (0, MaxOrder), kind is TeacherKind.Text ? 2 : 1),
            Backoff = read.Number("backoff", markov, new(0, 0.99), kind is TeacherKind.Text ? 0.3 : 0),
            CopyProbability = read.Number("copyProbability", copying, new(0, 0.9), 0.1),
            CopyLength = read.Number("copyLength", copying, new(1, 1e6), 8),
            Nonterminals = (int?)read.Integer("nonterminals", grammar, (1, MaxNonterminals), 16),
            Rules = (int?)read.Integer("rules", grammar, (2, Math.Max(2, vocabulary ?? TeacherSpec.VocabularyMax)),
                Math.Min(8, Math.Max(2, vocabulary ?? 8))),
        };
        return kind is null || vocabulary is null ? null : spec;
    }

    /// <summary>Fields that belong to a kind, with what they are where they are not given.</summary>
    private sealed class FieldReader(IReadOnlyDictionary<string, JsonField> given, TeacherKind? kind)
    {
        public double? Number(string name, bool belongs, NumberRange range, double otherwise) =>
            Belongs(name, belongs, out var field) ? field?.Number(range) ?? otherwise : null;

        public long? Integer(string name, bool belongs, (long Least, long Most) range, long otherwise) =>
            Belongs(name, belongs, out var field) ? field?.Integer(range.Least, range.Most) ?? otherwise : null;

        private bool Belongs(string name, bool belongs, out JsonField? field)
        {
            if (given.TryGetValue(name, out field) && !belongs && kind is { } known)
                field.AddProblem($"has no meaning for kind \"{EnumNames.ToName(known)}\"; leave it out");
            return belongs;
        }
    }
}
