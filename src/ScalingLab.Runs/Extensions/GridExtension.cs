using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Extensions;

/// <summary>A cell of a grid with one recipe: a model, a length, a seed.</summary>
/// <param name="Model">The model, by name.</param>
/// <param name="Length">How long it is trained.</param>
/// <param name="Seed">The seed.</param>
public readonly record struct CellChoice(string Model, (GridLengthKind Kind, double Value) Length, int Seed);

/// <summary>
/// A grid with further cells beside its own. Those that it had stay the runs that they were, so they are not trained
/// again.
/// </summary>
public sealed class GridExtension
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly JsonObject _root;
    private readonly int _vocabulary;

    private GridExtension(JsonObject root, Grid grid, int vocabulary)
    {
        (_root, Grid, _vocabulary) = (root, grid, vocabulary);
        Own = [.. GridExpansion.Cells(grid, Data, vocabulary, new GridExclusionIndex(grid.Exclude), [])
            .Select(cell => new CellChoice(cell.Label.Model.Name, (cell.Label.Length.Kind, cell.Label.Length.Value),
                cell.Cell.Spec.Seed))];
    }

    /// <summary>The grid; its text is not looked at.</summary>
    public Grid Grid { get; }

    /// <summary>The cells that it has.</summary>
    public IReadOnlyList<CellChoice> Own { get; }

    private DataIdentity Data => new(Grid.Data.Corpus, "", "");

    /// <summary>Reads a grid as results keep it.</summary>
    /// <param name="json">The grid.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="folder">The grid's own folder, where its rule files are.</param>
    /// <param name="vocabulary">The tokenizer's, in the end.</param>
    /// <exception cref="InputException">It has problems, or axes beside models, lengths and seeds: all of
    /// them.</exception>
    public static GridExtension Read(string json, string place, string folder, int vocabulary)
    {
        if (JsonNode.Parse(json) is not JsonObject root) throw new InputException(place, "is no grid");
        var textless = root.DeepClone().AsObject();
        // The text may be on another machine: shapes and lengths need its vocabulary alone.
        textless["data"] = new JsonObject
        {
            ["corpus"] = CorpusKind.Default.Name,
            ["tokenizer"] = root["data"]?["tokenizer"]?.DeepClone()
                ?? new JsonObject { ["kind"] = "bpe", ["vocabulary"] = vocabulary },
        };
        var grid = GridFile.Parse(textless.ToJsonString(), place, folder);
        var axes = grid.Recipe.Where(axis => axis.Values.Count > 1).Select(axis => $"recipe.{axis.Field}").ToList();
        if (grid.Contexts.Count > 1) axes.Add("context");
        axes.AddRange(from field in (string[])["uniqueTokens", "packing"]
                      where root["data"]?[field] is JsonArray { Count: > 1 }
                      select $"data.{field}");
        return axes.Count == 0 ? new GridExtension(root, grid, vocabulary)
            : throw new InputException([.. axes.Select(axis => new Problem($"{place}, {axis}",
                "has several values, and a law is of one recipe: make the results of one of them, e.g. by "
                    + "lab run GRID with that value, and ask of these"))]);
    }

    /// <summary>Presets as this grid would have them.</summary>
    /// <exception cref="InputException">There is no preset of such a name: every one.</exception>
    public static IReadOnlyList<GridModel> Presets(IReadOnlyList<string> names, string place)
    {
        var problems = new List<Problem>();
        var json = JsonSerializer.SerializeToElement(names);
        var models = names.Count == 0 ? [] : GridFileSections.Models(new JsonField(json, place, problems));
        return problems.Count == 0 ? models : throw new InputException(problems);
    }

    /// <summary>The run of a model and a length with the first seed; null where it cannot be trained.</summary>
    public SweepCell? Find(GridModel model, GridLength length)
    {
        var one = Grid with { Models = [model], Lengths = [length], Exclude = [], Seeds = [Grid.Seeds[0]] };
        var problems = new List<Problem>();
        var cells = GridExpansion.Cells(one, Data, _vocabulary, GridExclusionIndex.None, problems);
        return problems.Count == 0 ? cells[0].Cell : null;
    }

    /// <summary>The grid of its own cells and others, as JSON.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="added">The others; a model that the grid does not have is a preset's name.</param>
    public string Write(string name, IReadOnlyList<CellChoice> added)
    {
        var wanted = Own.Concat(added).ToHashSet();
        var written = _root.DeepClone().AsObject();
        written.Remove("$schema"); // its path is another grid's
        written["name"] = name;
        var names = written["models"]!.AsArray();
        List<string> own = [.. Grid.Models.Select(one => one.Name)];
        List<string> more = [.. added.Select(one => one.Model).Distinct().Except(own)];
        foreach (var model in more) names.Add(JsonValue.Create(model));
        var lengths = Grid.Lengths.Select(one => (one.Kind, one.Value)).ToList();
        List<(GridLengthKind Kind, double Value)> others =
            [.. added.Select(one => one.Length).Distinct().Except(lengths).OrderBy(one => one.Value)];
        if (written["lengths"] is not JsonArray) written["lengths"] = new JsonArray(written["lengths"]!.DeepClone());
        foreach (var one in others)
            written["lengths"]!.AsArray().Add(new JsonObject { [FieldOf(one.Kind)] = one.Value });
        var seeds = Grid.Seeds.Union(added.Select(one => one.Seed)).ToList();
        written["seeds"] = new JsonArray([.. seeds.Select(seed => JsonValue.Create(seed))]);
        var exclude = Exclusions([.. own, .. more], [.. lengths, .. others], seeds, wanted);
        written.Remove("exclude");
        if (exclude.Count > 0) written["exclude"] = exclude;
        return written.ToJsonString(Indented) + "\n";
    }

    // Whatever of the product of models, lengths and seeds is not wanted; models that lack the same lengths together.
    private static JsonArray Exclusions(IReadOnlyList<string> models,
        IReadOnlyList<(GridLengthKind Kind, double Value)> lengths, List<int> seeds,
        HashSet<CellChoice> wanted)
    {
        var missing =
            from model in models
            from length in lengths
            let lacks = seeds.Where(seed => !wanted.Contains(new CellChoice(model, length, seed))).ToList()
            where lacks.Count > 0
            group length.Value by (model, length.Kind, Seeds: lacks.Count == seeds.Count ? "" : Join(lacks)) into alike
            group alike.Key.model by (alike.Key.Kind, alike.Key.Seeds, Lengths: Join(alike));
        var exclude = new JsonArray();
        foreach (var group in missing)
        {
            var one = new JsonObject
            {
                ["model"] = new JsonArray([.. group.Select(model => JsonValue.Create(model))]),
                [FieldOf(group.Key.Kind)] = JsonNode.Parse($"[{group.Key.Lengths}]"),
            };
            if (group.Key.Seeds.Length > 0) one["seed"] = JsonNode.Parse($"[{group.Key.Seeds}]");
            exclude.Add(one);
        }

        return exclude;
    }

    private static string Join<T>(IEnumerable<T> values) =>
        string.Join(", ", values.Select(value => JsonSerializer.Serialize(value)));

    private static string FieldOf(GridLengthKind kind) => kind switch
    {
        GridLengthKind.Flops => "flops",
        GridLengthKind.Tokens => "tokens",
        _ => "tokensPerParameter",
    };
}
