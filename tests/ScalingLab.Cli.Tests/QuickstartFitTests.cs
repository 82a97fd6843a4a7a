using System.Text.Json;
using ScalingLab.Lab.Tests;

namespace ScalingLab.Cli.Tests;

/// <summary>The committed sweep through <c>lab fit</c>, as a reader of the README would run it.</summary>
public sealed class QuickstartFitTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Every_key_of_a_fit_with_curves_counts_and_repeats_is_documented()
    {
        var json = await _lab.JsonAsync(Repository.At("results/quickstart/runs.csv"), "--bootstrap", "40");
        var documentation = await File.ReadAllTextAsync(Repository.At("docs/fit-json.md"));
        // Rows name several keys after a common beginning, so a key may stand after a point or between back-ticks.
        Assert.All(Keys(json).Distinct(), key => Assert.Matches($@"[`. ]{key}[`.\[]", documentation));
        Assert.All(Codes(json), code => Assert.Matches($@"`({code}|{Family(code)})`", documentation));
    }

    [Fact]
    public async Task The_curves_beside_the_runs_make_the_envelope_and_the_epochs_tell_repeats()
    {
        var json = await _lab.JsonAsync(
            Repository.At("results/quickstart/runs.csv"), "--bootstrap", "0", "--approach", "envelope",
            "data-constrained");
        var envelope = json.GetProperty("envelope");
        Assert.Equal("training-curves", envelope.GetProperty("kind").GetString());
        Assert.Equal(30, envelope.GetProperty("curves").GetInt32());
        Assert.Equal(30, json.GetProperty("data_constrained").GetProperty("points").GetInt32());
        Assert.Equal(1, json.GetProperty("data_constrained").GetProperty("repeated_points").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("parametric").ValueKind);
    }

    [Fact]
    public async Task The_same_runs_are_counted_six_ways_and_set_beside_published_laws()
    {
        var answer = await _lab.RunAsync(Repository.At("results/quickstart/runs.csv"), "--bootstrap", "40");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        foreach (var words in (string[])["non-embedding | 6ND", "with-head     | exact", "Kaplan et al. 2020, N "
            + "without embeddings", "Besiroglu et al. 2024"])
            Assert.Contains(words, answer.Out, StringComparison.Ordinal);
        Assert.Matches(@"  E +unidentified", answer.Out);
    }

    [Fact]
    public async Task Curves_that_cannot_be_joined_are_refused_with_what_they_lack()
    {
        var runs = _lab.Write("table.csv", Tables.Csv(Tables.Rows()));
        var curves = _lab.Write("curves.csv", "step,loss_train\n1,3\n");
        var answer = await _lab.RunAsync([runs, .. Tables.Columns, "--curves", curves]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("has neither 'size' nor a 'run_id' that both files have", answer.Error,
            StringComparison.Ordinal);
        Assert.Contains("has neither tokens nor FLOPs", answer.Error, StringComparison.Ordinal);
    }

    // Codes of one family end in the name of a parameter, or have it in the middle.
    private static string Family(string code) => code.StartsWith("kaplan-", StringComparison.Ordinal)
        ? "kaplan-\\.\\.\\.-(too-few-points|unidentified|floor-unidentified)"
        : "(data-constrained|overtraining)-unidentified";

    private static IEnumerable<string> Codes(JsonElement json) =>
        json.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()!).Distinct();

    private static IEnumerable<string> Keys(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(property => Keys(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Keys),
        _ => [],
    };
}
