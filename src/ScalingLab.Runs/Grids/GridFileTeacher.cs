using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Grids;

/// <summary>The data section of a grid whose tokens are drawn from a source of known entropy.</summary>
internal static class GridFileTeacher
{
    private static readonly string[] Fields = ["kind", .. TeacherSpec.Limits.Keys];

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
        var read = new FieldReader(given, kind, vocabulary ?? TeacherSpec.VocabularyMax);
        var isText = kind is TeacherKind.Text;
        var spec = new TeacherSpec
        {
            Kind = kind ?? default,
            Vocabulary = (int)(vocabulary ?? TeacherSpec.VocabularyMin),
            Seed = read.Integer("seed", 1)!.Value,
            Exponent = read.Number("exponent", 1)!.Value,
            Order = read.Integer("order", isText ? 2 : 1),
            Backoff = read.Number("backoff", isText ? 0.3 : 0),
            CopyProbability = read.Number("copyProbability", 0.1),
            CopyLength = read.Number("copyLength", 8),
            Nonterminals = read.Integer("nonterminals", 16),
            Rules = read.Integer("rules", (int)Math.Min(8, vocabulary ?? 8)),
        };
        return kind is null || vocabulary is null ? null : spec;
    }

    /// <summary>Numbers of the definition; null where its kind has no such field.</summary>
    private sealed class FieldReader(IReadOnlyDictionary<string, JsonField> given, TeacherKind? kind, long vocabulary)
    {
        public double? Number(string name, double otherwise) =>
            Belongs(name, out var field) ? field?.Number(new NumberRange(Least(name), Most(name))) ?? otherwise : null;

        public int? Integer(string name, int otherwise) => Belongs(name, out var field)
            ? (int?)field?.Integer((long)Least(name), (long)Most(name)) ?? otherwise : null;

        private static double Least(string name) => TeacherSpec.Limits[name].Least;

        private double Most(string name) =>
            name == "rules" ? Math.Max(Least(name), vocabulary) : TeacherSpec.Limits[name].Most;

        private bool Belongs(string name, out JsonField? field)
        {
            var belongs = kind is null || TeacherSpec.Has(kind.Value, name);
            if (given.TryGetValue(name, out field) && !belongs)
                field.AddProblem($"has no meaning for kind \"{EnumNames.ToName(kind!.Value)}\"; leave it out");
            return belongs;
        }
    }
}
