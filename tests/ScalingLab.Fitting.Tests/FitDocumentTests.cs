using System.Text.Json;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

public sealed class FitDocumentTests
{
    private static readonly double[] Budgets = [1e18, 1e19, 1e20, 1e21];

    [Fact]
    public void The_json_has_the_keys_that_programs_rely_on()
    {
        var document = Fitter.Fit(
            Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets), 0.002, 1),
            new FitOptions { Bootstrap = 100 });
        using var json = JsonDocument.Parse(document.ToJson());
        var root = json.RootElement;
        Has(root, "input", "parametric", "isoflop", "frontier", "extrapolation", "warnings");
        Has(root.GetProperty("input"), "points", "excluded");
        Has(root.GetProperty("parametric"), "status", "objective", "E", "A", "B", "alpha", "beta", "a", "b");
        Has(root.GetProperty("parametric"), "standard_error", "interval95");
        Has(root.GetProperty("parametric").GetProperty("interval95"), "E", "A", "B", "alpha", "beta", "a", "b");
        Has(root.GetProperty("isoflop"), "status", "minima", "a", "b", "parameters_coefficient", "tokens_coefficient");
        Has(root.GetProperty("isoflop").GetProperty("minima")[0], "flops", "parameters", "tokens", "loss", "status");
        Has(root.GetProperty("frontier")[0], "flops", "parameters", "tokens", "loss", "interval95");
        Has(root.GetProperty("warnings")[0], "code", "text");
        Assert.Equal("converged", root.GetProperty("parametric").GetProperty("status").GetString());
        Assert.Equal("interior",
            root.GetProperty("isoflop").GetProperty("minima")[0].GetProperty("status").GetString());
        Assert.Equal(2, root.GetProperty("parametric").GetProperty("interval95").GetProperty("alpha").GetArrayLength());
        Assert.Equal(document.Parametric!.Alpha, root.GetProperty("parametric").GetProperty("alpha").GetDouble());
    }

    [Fact]
    public void Every_key_is_documented()
    {
        var documentation = File.ReadAllText(Repository.At("docs", "fit-json.md"));
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets), 0.002, 1);
        sweep.AddRange(Surfaces.Noisy(sweep, 0.002, 2));
        using var json = JsonDocument.Parse(Fitter.Fit(sweep, new FitOptions { Bootstrap = 50 }).ToJson());
        Assert.All(Keys(json.RootElement).Distinct(), key => Assert.Matches($@"[`. ]{key}[`.\[]", documentation));
    }

    [Fact]
    public void Json_read_back_writes_the_same_text()
    {
        foreach (var sweep in Sweeps())
        {
            var text = Fitter.Fit(sweep, new FitOptions { Bootstrap = 50 }).ToJson();
            Assert.Equal(text, FitDocument.FromJson(text).ToJson());
        }
    }

    [Fact]
    public void Nothing_but_finite_numbers_is_ever_written()
    {
        foreach (var sweep in Sweeps())
        {
            var text = Fitter.Fit(sweep, new FitOptions { Bootstrap = 50 }).ToJson();
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Text_that_is_no_document_is_refused()
    {
        Assert.ThrowsAny<JsonException>(() => FitDocument.FromJson("null"));
        Assert.ThrowsAny<JsonException>(() => FitDocument.FromJson("{}"));
        Assert.ThrowsAny<JsonException>(() => FitDocument.FromJson("{\"input\":"));
    }

    [Fact]
    public void Bad_rows_are_excluded_and_named_with_every_reason()
    {
        var sweep = Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets);
        sweep[2] = sweep[2] with { Loss = double.NaN };
        sweep[5] = sweep[5] with { Parameters = 0, Tokens = -1 };
        sweep[7] = sweep[7] with { Row = 70, Flops = double.PositiveInfinity };
        var document = Fitter.Fit(sweep, new FitOptions { Bootstrap = 0 });
        Assert.Equal(sweep.Count - 3, document.Input.Points);
        Assert.Equal([3, 6, 70], document.Input.Excluded.Select(row => row.Row));
        Assert.Contains("loss is not a finite number", document.Input.Excluded[0].Reason, StringComparison.Ordinal);
        Assert.Contains("parameters is 0", document.Input.Excluded[1].Reason, StringComparison.Ordinal);
        Assert.Contains("tokens is -1", document.Input.Excluded[1].Reason, StringComparison.Ordinal);
        Assert.Contains("flops", document.Input.Excluded[2].Reason, StringComparison.Ordinal);
        var warning = Assert.Single(document.Warnings, warning => warning.Code == "rows-excluded");
        Assert.Equal([3, 6, 70], warning.Rows);
    }

    [Fact]
    public void The_highest_losses_go_with_their_ties_and_their_rows()
    {
        double[] losses = [3, 5, 4, 5, 2];
        List<LossObservation> rows =
            [.. losses.Select((loss, index) => new LossObservation(1, 1, 6, loss, Row: index + 1))];
        var kept = ObservationChecks.DropHighest(rows, 1);
        Assert.Equal([1, 3, 5], kept.Usable.Select(one => one.Row!.Value));
        Assert.Equal([2, 4], kept.Excluded.Select(row => row.Row));
        Assert.Empty(ObservationChecks.DropHighest(rows, 9).Usable);
        Assert.Equal(5, ObservationChecks.DropHighest(rows, 0).Usable.Count);
    }

    [Fact]
    public void Every_bad_option_is_listed_at_once()
    {
        var options =
            new FitOptions { HuberDelta = 0, DropHighest = -1, Bootstrap = -1, Threads = 0, TargetFlops = [0] };
        Assert.Equal(5, options.Problems().Count);
        var error = Assert.Throws<ArgumentException>(() => Fitter.Fit([], options));
        Assert.All(options.Problems(), problem => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void No_rows_at_all_make_a_document_that_says_too_few_points()
    {
        var document = Fitter.Fit([]);
        Assert.Equal(FitStatus.TooFewPoints, document.Parametric!.Status);
        Assert.Equal(FitStatus.TooFewPoints, document.Isoflop!.Status);
        Assert.Empty(document.Frontier);
        Assert.Contains("not known from these 0 points", Fitter.Headline(document), StringComparison.Ordinal);
    }

    [Fact]
    public void The_headline_quotes_converged_fits_beside_the_published_ones()
    {
        var law = new ParametricLaw(1.7, 400, 400, 0.3, 0.3);
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(law, Budgets, 9), 1e-4, 2);
        var sentence = Fitter.Headline(Fitter.Fit(sweep, new FitOptions { Bootstrap = 100 }));
        Assert.StartsWith("10x the compute means x3.2 model and x3.2 data (parametric fit; 95 %: ", sentence,
            StringComparison.Ordinal);
        Assert.Contains("Kaplan", sentence, StringComparison.Ordinal);
        Assert.Contains("Chinchilla", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_headline_of_an_unidentified_sweep_says_what_is_not_known_and_survives_json()
    {
        var document = Fitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20]), new FitOptions { Bootstrap = 0 });
        Assert.Contains("not known", Fitter.Headline(document), StringComparison.Ordinal);
        Assert.Contains("at least two budgets", Fitter.Headline(document), StringComparison.Ordinal);
        Assert.Contains("at least two budgets", Fitter.Headline(FitDocument.FromJson(document.ToJson())),
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> Keys(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(property => Keys(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Keys),
        _ => [],
    };

    private static IEnumerable<List<LossObservation>> Sweeps()
    {
        yield return Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets), 0.002, 1);
        yield return Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets, 4, 0.5), 0.2, 2);
        yield return Surfaces.IsoFlop(Surfaces.Chinchilla, [1e20]);
        yield return [.. Surfaces.IsoFlop(Surfaces.Chinchilla, Budgets).Select(one => one with { Loss = 3 })];
        yield return [.. Surfaces.Grid(Surfaces.Chinchilla).Select(one => one with { Parameters = 1e8 })];
        yield return [new LossObservation(double.NaN, 0, 1, 1)];
        yield return [];
    }

    private static void Has(JsonElement element, params string[] keys)
    {
        foreach (var key in keys)
            Assert.True(element.TryGetProperty(key, out _), $"no key {key}");
    }
}
