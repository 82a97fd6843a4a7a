using System.Text.Json;
using System.Text.Json.Nodes;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Envelope;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Laws.OverTraining;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Predictions;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Tests;

public sealed class LawJsonTests
{
    private static readonly JsonSerializerOptions Snake =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact]
    public void Every_laws_fit_is_written_by_the_documented_names_and_read_back()
    {
        var options = new FitOptions { Bootstrap = 25, Method = FitMethod.SquaredError };
        var sweep = Surfaces.Noisy(DataConstrainedTests.Sweep(DataConstrainedLaw.Muennighoff2023, 4), 0.002, 1);
        var constrained = Through(DataConstrainedFitter.Fit(sweep, options));
        foreach (var name
            in new[]
            { "status", "E", "A", "B", "alpha", "beta", "a", "b", "r_d_star", "r_n_star", "interval95",
                "standard_error" })
            Assert.NotNull(constrained[name]);
        Assert.Equal(2, constrained["interval95"]!["r_d_star"]!.AsArray().Count);
        var over = Through(OverTrainingFitter.Fit(sweep, options));
        foreach (var name
            in new[]
            { "E", "coefficient_a", "coefficient_b", "eta", "optimal_tokens_per_parameter",
                "tokens_per_parameter_range" })
            Assert.NotNull(over[name]);
        var kaplan = Through(KaplanFitter.Fit(sweep, options));
        foreach (var law in new[] { "parameters", "tokens", "compute" })
        {
            Assert.NotNull(kaplan[law]!["rows_from"]);
            Assert.NotNull(kaplan[law]!["power_law"]!["alpha"]);
            Assert.NotNull(kaplan[law]!["with_floor"]!["status"]);
        }

        var envelope = Through(EnvelopeFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla, 12, 12), options));
        foreach (var name in new[] { "kind", "a", "b", "parameters_coefficient", "tokens_coefficient", "envelope" })
            Assert.NotNull(envelope[name]);
        var comparison =
            Through(PublishedComparison.Create([1e20],
                AdviceLaw.From(ParametricFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla), options))));
        Assert.NotNull(comparison["published"]![0]!["advice"]![0]!["tokens_per_parameter"]);
        Assert.NotNull(comparison["sentence"]);
    }

    [Fact]
    public void Refused_fits_are_written_with_nulls()
    {
        var options = new FitOptions { Bootstrap = 25 };
        Assert.Null(Through(DataConstrainedFitter.Fit([], options))["r_d_star"]);
        Assert.Null(Through(OverTrainingFitter.Fit([], options))["eta"]);
        Assert.Null(Through(EnvelopeFitter.Fit([], options))["a"]);
        Assert.Null(Through(KaplanFitter.Fit([], options))["a"]);
    }

    // Strict number handling: a NaN or an infinity would throw.
    private static JsonObject Through<T>(T fit)
    {
        var json = JsonSerializer.Serialize(fit, Snake);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<T>(json, Snake), Snake));
        return JsonNode.Parse(json)!.AsObject();
    }
}
