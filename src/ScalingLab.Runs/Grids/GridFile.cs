using System.Text.Json;
using ScalingLab.Runs.Parsing;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.Runs.Grids;

/// <summary>
/// Reads a grid file: JSON, comments and trailing commas allowed, checked against everything that can be known before
/// the text is read. One reading finds every problem.
/// </summary>
public static class GridFile
{
    /// <summary>The fields of a grid.</summary>
    internal static readonly string[] Sections =
        ["$schema", "name", "question", "data", "context", "models", "lengths", "recipe", "distillFrom", "startFrom", "seeds", "exclude",
            "evaluate", "worker"];

    private static readonly string[] Required = ["name", "models", "lengths"];

    private static readonly JsonDocumentOptions Json =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads and checks the grid at <paramref name="path"/>; paths in it are relative to its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="anyPath">Whether it may name text outside its folder: a grid from elsewhere should not read a
    /// person's other files.</param>
    /// <param name="words">Values in place of the file's, as <c>recipe.positions=learned</c>; none unless
    /// given.</param>
    /// <exception cref="InputException">The file cannot be read or the grid has problems: all of them.</exception>
    public static Grid Read(string path, bool anyPath = false, IReadOnlyList<string>? words = null)
    {
        var text = InputFile.ReadText(path, FileKind.Grid);
        return Parse(text, path, Path.GetDirectoryName(Path.GetFullPath(path))!, anyPath, words);
    }

    /// <summary>Checks a grid's text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="folder">Where relative paths begin.</param>
    /// <param name="anyPath">Whether it may name text outside that folder.</param>
    /// <param name="words">Values in place of the text's; a path in them is relative to <paramref name="folder"/> as
    /// the text's own are.</param>
    /// <exception cref="InputException">The grid has problems: all of them.</exception>
    public static Grid Parse(string json, string file, string folder, bool anyPath = false,
        IReadOnlyList<string>? words = null)
    {
        if (string.IsNullOrWhiteSpace(json))
            throw new InputException(file, "is empty; a grid needs name, models and lengths");
        using var document = ParseJson(json, file);
        var problems = new List<Problem>();
        JsonStrings.Check(document.RootElement, "", problems);
        if (problems.Count > 0) throw new InputException(problems);
        var root = GridOverrides.Apply(document.RootElement, GridOverride.Read(words ?? [], problems), problems);
        var grid = ReadSections(new JsonField(root, "", problems), folder, anyPath, problems);
        if (grid is not null)
        {
            // The text is not read yet, so the vocabulary is the one asked for. An exclusion that matches nothing is
            // only telling when all that it could match was read.
            var structureIsSound = problems.Count == 0;
            var exclusions = new GridExclusionIndex(grid.Exclude);
            var cells =
                GridExpansion.Cells(grid, new DataIdentity(grid.Data.Corpus, "", ""), grid.Data.Vocabulary ?? 257,
                    exclusions, problems);
            if (structureIsSound && (cells.Count > 0 || problems.Count == 0))
                GridExpansion.CheckExclusions(cells, exclusions, problems);
        }

        if (problems.Count > 0) throw new InputException([.. problems.Distinct()]);
        return grid! with { Json = JsonSerializer.Serialize(root, Indented) };
    }

    private static JsonDocument ParseJson(string json, string file)
    {
        try
        {
            return JsonDocument.Parse(json, Json);
        }
        catch (JsonException e)
        {
            // The reader appends its own "LineNumber: .. | BytePositionInLine: ..", counted from 0.
            var text = e.Message.Split(" LineNumber:", 2)[0].TrimEnd();
            throw new InputException($"{file}, line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}",
                $"is no valid JSON: {text}");
        }
    }

    /// <summary>
    /// The grid with whatever could be read, or null when it is no object or nothing can be expanded.
    /// </summary>
    private static Grid? ReadSections(JsonField root, string folder, bool anyPath, List<Problem> problems)
    {
        if (root.Fields(Sections) is not { } sections) return null;
        foreach (var required in Required.Where(r => !sections.ContainsKey(r)))
            problems.Add(new Problem(required, "is missing; a grid needs name, models and lengths"));

        var name = sections.TryGetValue("name", out var n) ? ReadName(n) : null;
        var question = sections.TryGetValue("question", out var q) ? q.Text() : null;
        if (sections.TryGetValue("$schema", out var schema)) schema.Text();
        var files = new GridFileData(folder, anyPath);
        var data = sections.TryGetValue("data", out var d)
            ? files.Read(d)
            : new GridData(CorpusKind.Default.Name, [], GridTokenizerKind.Bpe, GridFileSections.DefaultVocabulary,
                null);
        IReadOnlyList<int> contexts = sections.TryGetValue("context", out var c)
            ? RecipeSection.Distinct(c, v => (int?)v.Integer(2, 1_048_576)) : [];
        var models = sections.TryGetValue("models", out var m) ? GridFileSections.Models(m) : [];
        var lengths = sections.TryGetValue("lengths", out var l) ? GridFileSections.Lengths(l) : [];
        var recipe = sections.TryGetValue("recipe", out var r) ? RecipeSection.Read(r) : [];
        var isRecipeSound = !problems.Exists(p => p.Place.StartsWith("recipe", StringComparison.Ordinal));
        var teacher = sections.TryGetValue("distillFrom", out var t)
            ? WantedFolder(t, files, isRecipeSound ? recipe : null, "distillWeight", v => v.Number > 0,
                "above 0: no run would learn from it") : null;
        var start = sections.TryGetValue("startFrom", out var f)
            ? WantedFolder(f, files, isRecipeSound ? recipe : null, "warmStart", v => v.Text == "true",
                "true: no run would begin with it") : null;
        var seeds = sections.TryGetValue("seeds", out var s) ? GridFileSections.Seeds(s) : [1];
        var exclude = sections.TryGetValue("exclude", out var e) ? GridFileSections.Exclude(e) : [];
        var evaluate = sections.TryGetValue("evaluate", out var v)
            ? new GridFileTasks(files).Read(v, data?.Teacher is not null) : [];
        var worker = sections.TryGetValue("worker", out var w) ? GridFileSections.Worker(w) : new GridWorker();
        var rules = GridFileRules.Read(recipe, folder, problems);
        if (data is null || models.Count == 0 || lengths.Count == 0) return null;
        return new Grid
        {
            Name = name ?? "",
            Question = question,
            Data = data,
            Contexts = contexts,
            Models = models,
            Lengths = lengths,
            Recipe = recipe,
            RuleFiles = rules,
            // A folder that is not there is told once: that the runs then lack a teacher follows from it.
            DistillFrom = teacher ?? (sections.ContainsKey("distillFrom") ? "" : null),
            StartFrom = start ?? (sections.ContainsKey("startFrom") ? "" : null),
            Seeds = seeds.Count == 0 ? [1] : seeds,
            Exclude = exclude,
            Evaluate = evaluate,
            Worker = worker,
        };
    }

    /// <summary>The folder of a model that some of the runs want.</summary>
    /// <param name="value">What the grid says.</param>
    /// <param name="files">Which paths it may name.</param>
    /// <param name="recipe">The recipe; null: it could not be read, and nothing is said of it.</param>
    /// <param name="field">The recipe's field by which a run wants the model.</param>
    /// <param name="wants">The values of the field that do.</param>
    /// <param name="otherwise">What no value is.</param>
    private static string? WantedFolder(JsonField value, GridFileData files, IReadOnlyList<GridAxis>? recipe,
        string field, Func<FieldValue, bool> wants, string otherwise)
    {
        var full = files.FullPath(value);
        var values = recipe?.Where(axis => axis.Field == field).SelectMany(axis => axis.Values);
        if (full is not null && values?.Any(wants) == false)
            value.AddProblem($"is given, but recipe.{field} has no value {otherwise}");
        return full;
    }

    private static string? ReadName(JsonField value)
    {
        if (value.Text() is not { } name) return null;
        if (NameProblem(name) is not { } problem) return name;
        value.AddProblem(problem);
        return null;
    }

    /// <summary>Why a text cannot be a sweep's name, which is a folder's too; null where it can.</summary>
    public static string? NameProblem(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && !name.EndsWith('.')
            && name.All(ch => char.IsAsciiLetterOrDigit(ch) || ch is '-' or '_' or '.')
            ? null
            : $"'{name}' does not do as a folder's name: at most 64 letters, digits, '-', '_' and '.', a letter or digit first";
}
