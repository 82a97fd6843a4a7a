using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

/// <summary>Runs that begin with a finished model's weights, as a grid asks for them.</summary>
public sealed class GridStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GridStartTests() => _folder.Write("model/config.json", "{}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_warm_start_is_an_axis_and_without_one_the_run_is_the_one_of_a_grid_that_names_no_model()
    {
        var runs = Expand(""" "recipe": { "warmStart": [false, true] }, "startFrom": "model" """);
        Assert.Equal(2, runs.Count);
        Assert.Equal(Expand(""" "recipe": {} """)[0].Spec.Id, runs[0].Spec.Id);
        Assert.Equal((null, new string('b', 64)), (runs[0].Spec.StartedFrom, runs[1].Spec.StartedFrom));
        Assert.NotEqual(runs[0].Spec.Id, runs[1].Spec.Id);
        Assert.Equal(runs[0].Spec.Flops, runs[1].Spec.Flops);
        Assert.Equal([("warmStart", "false"), ("warmStart", "true")],
            runs.Select(run => (run.Varies[0].Field, run.Varies[0].Value)));
    }

    [Fact]
    public void Rotary_positions_take_a_shorter_context_and_learned_ones_do_not()
    {
        const string Warm = """ "startFrom": "model", "context": 32 """;
        Assert.Single(Expand(Warm + """, "recipe": { "warmStart": true } """));
        Assert.Contains("context 64, the run's 32", Problem(Warm
            + """, "recipe": { "warmStart": true, "positions": "learned" } """,
            shape => shape with { Positions = PositionKind.Learned }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "recipe": { "warmStart": true } """,
        "recipe.warmStart: needs a model to begin with: name its folder in startFrom")]
    [InlineData(""" "startFrom": "model" """, "startFrom: is given, but recipe.warmStart has no value true")]
    [InlineData(""" "recipe": { "warmStart": true }, "startFrom": "nowhere" """,
        "startFrom: no file or folder 'nowhere'")]
    [InlineData(""" "recipe": { "warmStart": true, "head": "tied", "mlp": "swiglu" }, "startFrom": "model" """,
        "startFrom: holds another model than the run's (mlp Gelu, the run's Swiglu; head Untied, the run's Tied)")]
    [InlineData(""" "recipe": { "warmStart": true }, "context": 128, "startFrom": "model" """,
        "startFrom: holds another model than the run's (context 64, the run's 128)")]
    public void What_cannot_be_is_said_once_with_its_place(string fields, string problem) =>
        Assert.StartsWith(problem, Problem(fields), StringComparison.Ordinal);

    private string Problem(string fields, Func<ModelShape, ModelShape>? change = null) =>
        Assert.Single(Assert.Throws<InputException>(() => Expand(fields, change)).Problems).ToString();

    private IReadOnlyList<SweepCell> Expand(string fields, Func<ModelShape, ModelShape>? change = null)
    {
        var grid = GridFile.Parse($$"""
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "tokens": 1e5 }], {{fields}} }
            """, "grid.json", _folder.Path);
        var shape = grid.Models[0].Shape with { Vocabulary = 1024, Context = 64 };
        var start = new StartingModel(new string('b', 64), change?.Invoke(shape) ?? shape);
        return GridExpansion.Expand(grid with { Start = grid.StartFrom is { Length: > 0 } ? start : null },
            new DataIdentity("dotnet-docs", "c0", "t0"), 1024).Cells;
    }
}
