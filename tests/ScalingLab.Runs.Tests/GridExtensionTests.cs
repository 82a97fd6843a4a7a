using ScalingLab.Runs.Extensions;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Runs.Tests;

/// <summary>A grid with further cells beside its own.</summary>
public sealed class GridExtensionTests
{
    private const string Json = """
        {
          "name": "first",
          "data": { "corpus": "text", "paths": ["not-here.txt"], "tokenizer": { "kind": "bpe", "vocabulary": 512 } },
          "models": ["micro-28k", { "name": "own", "layers": 2, "width": 20, "heads": 1 }, "micro-63k"],
          "lengths": [{ "flops": 1e11 }, { "tokens": 500000 }],
          "seeds": [1, 2],
          "exclude": [{ "model": "own", "tokens": 500000 }, { "flops": 1e11, "seed": 2 }]
        }
        """;

    private static readonly DataIdentity Data = new("dotnet-docs", "", "");

    private static GridExtension Extension(string json = Json) =>
        GridExtension.Read(json, "fit.json", Path.GetTempPath(), 512);

    [Fact]
    public void Cells_that_were_there_stay_the_same_runs_and_the_chosen_ones_join_them()
    {
        var first = Extension();
        Assert.Equal(7, first.Own.Count);
        CellChoice[] added =
        [
            new("micro-90k", (GridLengthKind.Flops, 3.2e11), 1), new("own", (GridLengthKind.Flops, 1e11), 2),
            new("micro-28k", (GridLengthKind.Flops, 3.2e11), 3),
        ];
        var written = first.Write("first-next", added);
        Assert.Contains("not-here.txt", written, StringComparison.Ordinal);
        var second = Extension(written);
        Assert.Equal("first-next", second.Grid.Name);
        Assert.Equal(first.Own.Concat(added).OrderBy(Key), second.Own.OrderBy(Key));
        var (before, after) = (Runs(first), Runs(second));
        Assert.Equal(before.Count + added.Length, after.Count);
        Assert.Subset(after, before);

        static string Key(CellChoice one) => one.ToString();
    }

    [Fact]
    public void A_grid_without_further_cells_is_the_grid()
    {
        var first = Extension();
        Assert.Equal(Runs(first), Runs(Extension(first.Write("again", []))));
    }

    [Fact]
    public void Axes_beside_models_lengths_and_seeds_are_refused_each_with_its_place()
    {
        var json = Json.Replace("\"seeds\"", "\"context\": [64, 128], \"recipe\": { \"positions\": [\"rotary\", "
            + "\"learned\"] }, \"seeds\"", StringComparison.Ordinal);
        var refused = Assert.Throws<InputException>(() => Extension(json));
        Assert.Equal(["fit.json, recipe.positions", "fit.json, context"], refused.Problems.Select(p => p.Place));
    }

    [Fact]
    public void A_run_too_short_for_one_step_is_none_and_an_unknown_preset_a_problem()
    {
        var first = Extension();
        Assert.Null(first.Find(first.Grid.Models[0], new GridLength(GridLengthKind.Flops, 1e6)));
        Assert.NotNull(first.Find(first.Grid.Models[0], new GridLength(GridLengthKind.Flops, 1e11)));
        var refused = Assert.Throws<InputException>(() => GridExtension.Presets(["micro-28k", "nano"], "--sizes"));
        Assert.Contains("no preset is called 'nano'", refused.Message, StringComparison.Ordinal);
    }

    private static HashSet<RunId> Runs(GridExtension extension) =>
        [.. GridExpansion.Expand(extension.Grid, Data, 512).Cells.Select(cell => cell.Spec.Id)];
}
