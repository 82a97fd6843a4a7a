using System.Text.Json;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>The data section of a grid file.</summary>
internal sealed class GridFileData(string folder, bool anyPath)
{
    private const long MaxTokens = 1_000_000_000_000_000;

    private static readonly string[] CorpusFields = ["corpus", "paths", .. CorpusPart.All.Select(part => part.Name),
        "strip"];

    internal static readonly string[] Fields =
        [.. CorpusFields, CorpusKind.Teacher.Name, "sources", "tokenizer", "heldOut", "deduplicate", "uniqueTokens",
            "packing"];

    private static readonly string[] SourceFields = ["name", .. CorpusFields, "weight"];

    public GridData? Read(JsonField value)
    {
        if (value.Fields(Fields) is not { } fields) return null;
        if (GridFileTeacher.Names(fields)) return GridFileTeacher.Read(value, fields, UniqueTokens(fields));
        var sources = fields.TryGetValue("sources", out var s) ? Sources(s) : [];
        var text = new CorpusText(GridData.Mixture, [], null, null);
        if (s is null) text = Corpus(value, fields, GridData.Corpora);
        foreach (var field in s is null ? [] : CorpusFields.Where(fields.ContainsKey))
            fields[field].AddProblem("belongs into each of the sources; beside \"sources\" it has no meaning");

        double? heldOut = fields.TryGetValue("heldOut", out var h) ? h.Number(NumberRange.Positive(0.5)) : null;
        var tokenizer = new GridFileTokenizer(this);
        var (kind, vocabulary) = fields.TryGetValue("tokenizer", out var t)
            ? tokenizer.Read(t) : (GridTokenizerKind.Bpe, GridFileSections.DefaultVocabulary);
        var deduplicate = fields.TryGetValue("deduplicate", out var d) ? Deduplication(d) : null;
        var unique = UniqueTokens(fields);
        return text.Corpus is null ? null : new GridData(text.Corpus, text.Paths, kind, vocabulary, heldOut)
        {
            Part = text.Part,
            TokenizerDetails = tokenizer.Details,
            Strip = text.Strip,
            Deduplicate = deduplicate,
            Root = anyPath ? null : folder,
            Sources = sources,
            UniqueTokens = unique,
            Packing = Packings(fields),
        };
    }

    private static IReadOnlyList<long> UniqueTokens(IReadOnlyDictionary<string, JsonField> fields) =>
        fields.TryGetValue("uniqueTokens", out var u) ? RecipeSection.Distinct(u, v => v.Integer(1, MaxTokens)) : [];

    private static IReadOnlyList<Packing> Packings(IReadOnlyDictionary<string, JsonField> fields) =>
        fields.TryGetValue("packing", out var p) ? RecipeSection.Distinct(p, v =>
            v.OneOf(EnumNames.All<Packing>()) is { } word ? EnumNames.Find<Packing>(word) : null) : [];

    private static GridDeduplication? Deduplication(JsonField value)
    {
        if (value.Kind != JsonValueKind.Object)
        {
            return value.OneOf(GridDeduplication.Kinds) switch
            {
                "exact" => new(Near: null),
                "near" => new(GridDeduplication.DefaultNear),
                _ => null,
            };
        }
        if (value.Fields(["near"]) is not { } fields) return null;
        if (fields.TryGetValue("near", out var near))
            return new(near.Number(new NumberRange(GridDeduplication.LeastNear, 1)));
        value.AddProblem("has no \"near\"; give the similarity of near copies, e.g. { \"near\": 0.8 }, or \"exact\"");
        return null;
    }

    private List<GridSource> Sources(JsonField value)
    {
        var sources = new List<GridSource>();
        var items = value.Items();
        if (items.Count == 1) items[0]
            .AddProblem("a mixture has at least two sources; for one, give its corpus and paths in data itself");
        foreach (var item in items)
        {
            if (item.Fields(SourceFields) is not { } fields) continue;
            var name = fields.TryGetValue("name", out var n) ? Name(n) : null;
            if (n is null)
                item.AddProblem("has no name; give a short one: results have columns such as loss_validation_NAME");
            double? weight = fields.TryGetValue("weight", out var w) ? w.Number(NumberRange.Positive(1e9)) : null;
            if (w is null) item.AddProblem("has no weight; give its share of the training sequences, e.g. 0.7");
            var text = Corpus(item, fields, GridData.MixtureCorpora);
            if (sources.Exists(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)))
                n!.AddProblem($"a second source is called '{name}'; names differ in more than capitals");
            else if (name is not null && weight is not null && text.Corpus is not null)
                sources.Add(new GridSource(name, text.Corpus, text.Paths, text.Part, weight.Value)
                    { Strip = text.Strip });
        }

        return sources;
    }

    private static string? Name(JsonField value)
    {
        if (value.Text() is not { } name) return null;
        var safe = name.Length <= 32 && char.IsAsciiLetter(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        if (safe) return name;
        value.AddProblem($"'{name}' does not do as part of a column's name: at most 32 letters, digits, '-' and '_', a "
            + "letter first");
        return null;
    }

    /// <summary>What a corpus is made of.</summary>
    private sealed record CorpusText(string? Corpus, IReadOnlyList<string> Paths, string? Part, string? Strip);

    /// <summary>The markup that is taken out, if any.</summary>
    private static string? Strip(IReadOnlyDictionary<string, JsonField> fields, CorpusKind? corpus)
    {
        if (!fields.TryGetValue("strip", out var given)) return null;
        if (corpus is { FindsOwnFiles: true })
            given.AddProblem($"belongs to corpora of files; corpus \"{corpus.Name}\" has no markup");
        return given.OneOf(GridData.Markups);
    }

    /// <summary>What a corpus is made of; no corpus where it is not known.</summary>
    private CorpusText Corpus(JsonField value, IReadOnlyDictionary<string, JsonField> fields,
        IReadOnlyList<string> known)
    {
        CorpusKind? corpus = null;
        if (fields.TryGetValue("corpus", out var c)) corpus = CorpusKind.Find(c.OneOf(known));
        else value.AddProblem($"has no corpus; give \"corpus\": {Quoted(k => k.FindsOwnFiles)}, or "
            + $"{Quoted(k => k.HasPaths)} with paths");

        IReadOnlyList<string> paths = [];
        if (fields.TryGetValue("paths", out var p))
        {
            if (corpus is { FindsOwnFiles: true })
            {
                var files = CorpusKind.All.First(kind => kind.HasPaths).Name;
                p.AddProblem(
                    $"belongs to corpora of files such as \"{files}\"; corpus \"{corpus.Name}\" finds its own files");
            }

            paths = Paths(p);
        }
        else if (corpus is { HasPaths: true })
        {
            value.AddProblem($"corpus \"{corpus.Name}\" needs \"paths\": files or folders, relative to the grid's "
                + "file");
        }

        var parts = CorpusPart.All.Select(part => Part(value, fields, corpus, part)).ToList();
        return new(corpus?.Name, paths, parts.Find(part => part is not null), Strip(fields, corpus));
    }

    /// <summary>Names of corpora as a choice: "text", "jsonl" or "csv", each in quotes.</summary>
    private static string Quoted(Func<CorpusKind, bool> wanted)
    {
        var names = CorpusKind.All.Where(wanted).Select(kind => $"\"{kind.Name}\"").ToList();
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
    }

    private List<string> Paths(JsonField value) => [.. value.OneOrMany().Select(FullPath).OfType<string>()];

    /// <summary>
    /// The full path of what a field names; null, and a problem, where there is nothing or it may not be read.
    /// </summary>
    public string? FullPath(JsonField value)
    {
        if (value.Text() is not { } text) return null;
        var full = Path.GetFullPath(text, folder);
        if (!anyPath && InputFile.RelativePath(folder, full) is null)
            value.AddProblem($"'{text}' lies outside the grid's folder {folder}; put the text or the grid "
                + "elsewhere, or allow it with --allow-paths");
        else if (File.Exists(full) || Directory.Exists(full)) return full;
        else value.AddProblem($"no file or folder '{text}' (looked for {full})");
        return null;
    }

    private static string? Part(
        JsonField value, IReadOnlyDictionary<string, JsonField> fields, CorpusKind? corpus, CorpusPart part)
    {
        if (!fields.TryGetValue(part.Name, out var given))
        {
            if (corpus?.Part == part)
                value.AddProblem($"corpus \"{corpus.Name}\" needs \"{part.Name}\": {part.Meaning}");
            return null;
        }

        if (corpus is not null && corpus.Part != part)
        {
            var having = CorpusKind.All.Where(kind => kind.Part == part).Select(kind => $"\"{kind.Name}\"");
            given.AddProblem($"belongs to corpus {string.Join(" and ", having)}, not \"{corpus.Name}\"");
            return null;
        }

        return given.Text();
    }
}
