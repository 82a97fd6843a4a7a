using System.Text.Json;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Runs.Tests;

/// <summary>The schema that editors use says what the reader does.</summary>
public class GridSchemaTests
{
    internal static readonly string Experiments = Repository.At("experiments");

    private static readonly JsonElement Schema =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Experiments, "grid.schema.json"))).RootElement;

    [Fact]
    public void The_schema_knows_the_readers_recipe_fields_and_no_others() =>
        Assert.Equal(KnownTo("""{ "recipe": { "?": 0 } }"""),
            Names(Schema.GetProperty("properties").GetProperty("recipe")));

    [Fact]
    public void The_schema_knows_the_readers_sections_and_no_others() =>
        Assert.Equal(KnownTo("""{ "?????????????": 0 }"""), Names(Schema));

    [Fact]
    public void The_schema_knows_the_fields_that_exclusions_may_match() => Assert.Equal(
        KnownTo("""{ "exclude": [{ "?": 0 }] }"""),
        Names(Schema.GetProperty("properties").GetProperty("exclude").GetProperty("items")));

    [Fact]
    public void The_schema_knows_the_workers_fields() =>
        Assert.Equal(KnownTo("""{ "worker": { "?": 0 } }"""),
            Names(Schema.GetProperty("properties").GetProperty("worker")));

    [Fact]
    public void The_schema_knows_the_fields_of_a_task() => Assert.Equal(
        KnownTo("""{ "evaluate": [{ "?": 0 }] }"""), Names(Schema.GetProperty("$defs").GetProperty("evaluate")));

    [Fact]
    public void The_schema_knows_the_fields_of_data_and_of_its_sources()
    {
        var data = Schema.GetProperty("properties").GetProperty("data");
        Assert.Equal(KnownTo("""{ "data": { "?": 0 } }"""), Names(data));
        Assert.Equal(KnownTo("""{ "data": { "sources": [{ "?": 0 }] } }"""),
            Names(data.GetProperty("properties").GetProperty("sources").GetProperty("items")));
        Assert.Equal(GridData.Corpora,
            Schema.GetProperty("$defs").GetProperty("corpus").GetProperty("enum").EnumerateArray()
            .Select(e => e.GetString()!));
    }

    [Fact]
    public void The_schema_knows_the_fields_and_kinds_of_a_teacher()
    {
        var teacher = Schema.GetProperty("$defs").GetProperty("teacher");
        Assert.Equal(KnownTo("""{ "data": { "corpus": "teacher", "teacher": { "?": 0 } } }"""), Names(teacher));
        Assert.Equal(EnumNames.All<TeacherKind>(),
            teacher.GetProperty("properties").GetProperty("kind").GetProperty("enum").EnumerateArray()
                .Select(e => e.GetString()!));
    }

    [Fact]
    public void The_schema_knows_every_word_of_the_recipe()
    {
        Same<PositionKind>("positions");
        Same<MlpKind>("mlp");
        Same<NormKind>("norm");
        Same<NormPlacement>("normPlacement");
        Same<HeadKind>("head");
        Same<OptimizerKind>("optimizer");
        Same<ScheduleKind>("schedule");
        Same<CooldownKind>("cooldown");
        Same<Precision>("precision");
        Same<Parametrisation>("parametrisation");

        static void Same<T>(string field)
            where T : struct, Enum => Assert.Equal(
            EnumNames.All<T>().Order(),
            Schema.GetProperty("$defs").GetProperty(field).GetProperty("enum").EnumerateArray()
                .Select(e => e.GetString()!).Order());
    }

    [Fact]
    public void The_schema_knows_every_preset() => Assert.Equal(
        ModelPresets.All.Select(p => p.Name),
        Schema.GetProperty("properties").GetProperty("models").GetProperty("items").GetProperty("oneOf")[0]
        .GetProperty("enum")
            .EnumerateArray().Select(e => e.GetString()!));

    [Fact]
    public void The_quickstart_has_15_to_30_runs_and_budgets_with_sizes_on_both_sides_of_the_trials_optimum()
    {
        var grid = GridFile.Read(Path.Combine(Experiments, "quickstart", "grid.json"));
        var sweep = GridExpansion.Expand(grid, new DataIdentity("dotnet-docs", "c0", "t0"), 1024);

        Assert.InRange(sweep.Cells.Count, 15, 30);
        var optimum = new Dictionary<double, int> { [1e11] = 24, [2.5e11] = 32, [6e11] = 48, [1.5e12] = 48 };
        foreach (var budget in sweep.Cells.GroupBy(c => c.BudgetFlops!.Value))
        {
            Assert.Contains(budget, c => c.Spec.Shape.Width < optimum[budget.Key]);
            Assert.True(budget.Count(c => c.Spec.Shape.Width > optimum[budget.Key]) >= 2);
        }

        Assert.Equal(4, sweep.Cells.Select(c => c.BudgetFlops).Distinct().Count());
        Assert.DoesNotContain(Plan.Create(sweep, 3_140_000).Warnings,
            w => w.StartsWith("budget ", StringComparison.Ordinal));
    }

    /// <summary>The fields that the reader names when it meets one that is like none of them.</summary>
    private static IEnumerable<string> KnownTo(string json)
    {
        var e = Assert.Throws<InputException>(() => GridFile.Parse(json, "grid.json", "/"));
        var text = e.Problems.Single(p => p.Place.Contains('?', StringComparison.Ordinal)).Text;
        const string Known = "(known: ";
        return text[(text.IndexOf(Known, StringComparison.Ordinal) + Known.Length)..^1].Split(", ")
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement schema) =>
        schema.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal);
}
