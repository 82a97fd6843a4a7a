using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Tests;

/// <summary>Runs that learn from a finished model, as a grid asks for them.</summary>
public sealed class GridDistillationTests : IDisposable
{
    private static readonly DistillationTeacher Teacher = new(new string('b', 64),
        new() { Layers = 4, Width = 64, Heads = 4, Vocabulary = 1024, Context = 64 });

    private readonly TemporaryFolder _folder = new();

    public GridDistillationTests() => _folder.Write("teacher/config.json", "{}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void At_equal_flops_a_run_that_is_taught_gets_fewer_tokens_by_the_teachers_forward_pass()
    {
        var runs = Expand(""" "recipe": { "distillWeight": [0, 0.5] }, "distillFrom": "teacher" """);
        var (plain, taught) = (runs[0].Spec, runs[1].Spec);
        Assert.Null(plain.DistilledFrom);
        Assert.Equal(Teacher, taught.DistilledFrom);
        Assert.Equal(0.5, taught.Recipe.DistillWeight);
        var forward = FlopCount.For(Teacher.Shape with { Context = taught.Shape.Context }).PerToken / 3;
        Assert.Equal(FlopCount.For(taught.Shape).PerToken + forward, taught.FlopsPerToken, 1e-9 * forward);
        Assert.Equal(1e12, plain.Flops, 0.01 * 1e12);
        Assert.Equal(1e12, taught.Flops, 0.01 * 1e12);
        Assert.True(taught.Tokens < plain.Tokens);
    }

    [Fact]
    public void Without_weight_the_temperature_says_nothing_and_the_run_is_the_one_that_nobody_teaches()
    {
        var runs = Expand(""" "recipe": { "distillWeight": [0, 1], "distillTemperature": [1, 2] }, "distillFrom": "teacher" """);
        Assert.Equal(3, runs.Count);
        Assert.Equal(Expand("""
            "recipe": {}
            """)[0].Spec.Id, runs[0].Spec.Id);
    }

    [Theory]
    [InlineData(""" "recipe": { "distillWeight": 0.5 } """,
        "recipe.distillWeight: needs a model to learn from: name its folder in distillFrom")]
    [InlineData(""" "distillFrom": "teacher" """,
        "distillFrom: is given, but recipe.distillWeight has no value above 0")]
    [InlineData(""" "recipe": { "distillWeight": 0 }, "distillFrom": "teacher" """,
        "distillFrom: is given, but recipe.distillWeight has no value above 0")]
    [InlineData(""" "recipe": { "distillWeight": 0.5 }, "distillFrom": "nowhere" """,
        "distillFrom: no file or folder 'nowhere'")]
    [InlineData(""" "recipe": { "distillWeight": 0.5 }, "distillFrom": "../elsewhere" """,
        "distillFrom: '../elsewhere' lies outside the grid's folder")]
    [InlineData(""" "recipe": { "distillWeight": 2, "distillTemperature": 0 }, "distillFrom": "teacher" """,
        "recipe.distillWeight: ")]
    public void What_cannot_be_is_said_with_its_place(string fields, string problem)
    {
        var said = Assert.Throws<InputException>(() => Expand(fields)).Problems.Select(p => p.ToString());
        Assert.Contains(said, p => p.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_one_problem() => Assert.Single(Assert.Throws<InputException>(() =>
        Expand(""" "recipe": { "distillWeight": 0.5 }, "distillFrom": "nowhere" """)).Problems);

    [Fact]
    public void A_weight_that_is_no_weight_is_one_problem() => Assert.Single(Assert.Throws<InputException>(() =>
        Expand(""" "recipe": { "distillWeight": [0, 1.5] }, "distillFrom": "teacher" """)).Problems);

    private IReadOnlyList<SweepCell> Expand(string fields)
    {
        var grid = GridFile.Parse($$"""
            { "name": "a", "models": ["micro-63k"], "lengths": [{ "flops": 1e12 }], {{fields}} }
            """, "grid.json", _folder.Path);
        return GridExpansion.Expand(grid with { Teacher = grid.DistillFrom is null ? null : Teacher },
            new DataIdentity("dotnet-docs", "c0", "t0"), 1024).Cells;
    }
}
