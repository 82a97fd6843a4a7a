using System.Text.Json;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Recipes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A real tune: the real worker trains real, very small models until the best rates are found.</summary>
public sealed class TuneTests : IDisposable
{
    private const string Data =
        """ "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } } """;

    // Two sizes, one length and its half: four cells, of rates alone, so that the whole takes seconds.
    private const string Grid = """
        { "name": "tiny", "question": "Which rate?", DATA,
          "models": [{ "layers": 1, "width": 8, "heads": 1 }, { "layers": 1, "width": 16, "heads": 1 }], "context": 32,
          "lengths": [{ "tokens": 8192 }],
          "recipe": { "batchTokens": 256, "learningRateScale": [0.25, 1, 4], "evaluationTokens": 1024 },
          "worker": { "checkpointSeconds": 0.2, "evaluations": 1, "curvePoints": 5 } }
        """;

    private static readonly string[] Tune =
        ["tune", "grid.json", "--fields", "learningRateScale", "--parts", "0.5,1", "--beyond", "2", "--slots", "2"];

    private readonly Lab _lab = new();

    public TuneTests()
    {
        _lab.WriteText();
        _lab.Write("grid.json", Grid.Replace("DATA", Data, StringComparison.Ordinal));
    }

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_tune_finds_a_law_goes_on_where_it_was_killed_and_gives_a_grid_its_rates()
    {
        var killed = _lab.Start([.. Tune, "--out", _lab.Out]);
        await killed.UntilAsync(() => killed.HasSaid("finished "), "the first run had ended");
        killed.Signal(RunningLab.KillAtOnce);
        await killed.EndAsync(TimeSpan.FromMinutes(1));

        var answer = await _lab.RunAsync([.. Tune, "--out", _lab.Out, "--predict", "N=20000,D=32768"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("best learningRate = ", answer.Out, StringComparison.Ordinal);
        Assert.Contains("outside the region measured", answer.Out, StringComparison.Ordinal);
        var rows = RunsCsv.Read(Path.Combine(_lab.Out, "runs.csv"));
        Assert.All(rows, r => Assert.Equal(RunState.Completed, r.State));
        Assert.Equal(rows.Count, rows.Select(r => r.RunId).Distinct().Count());
        Assert.Equal(4, rows.Select(r => (r.Model, r.Tokens)).Distinct().Count());
        Assert.All(rows.GroupBy(r => (r.Model, r.Tokens)), cell => Assert.True(cell.Count() >= 3));
        foreach (var file
            in (string[])["curves.csv", "tune.json", "tune.md", "rule.json", "figures/tune-laws.svg",
                "figures/tune-loss-learning-rate.svg"])
            Assert.True(File.Exists(Path.Combine(_lab.Out, file)), file);

        var again = await _lab.RunAsync([.. Tune, "--out", _lab.Out]);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.DoesNotContain("started", again.Out, StringComparison.Ordinal);
        var written = await File.ReadAllTextAsync(Path.Combine(_lab.Out, "rule.json"));
        Assert.True((await _lab.RunAsync("tune", "--fit-only", _lab.Out)).ExitCode == 0);
        // from runs.csv alone, the same to the byte
        Assert.Equal(written, await File.ReadAllTextAsync(Path.Combine(_lab.Out, "rule.json")));

        _lab.Write("ruled.json", "{" + Data + """
            , "name": "ruled", "models": [{ "layers": 1, "width": 16, "heads": 1 }], "context": 32, "lengths": [{ "tokens": 8192 }],
              "recipe": { "sizeRule": "out/rule.json", "batchTokens": 256 } }
            """);
        using var plan = JsonDocument.Parse((await _lab.RunAsync("plan", "ruled.json", "--json")).Out);
        var (row, rule) = (plan.RootElement.GetProperty("rows")[0], RuleFile.Read(Path.Combine(_lab.Out, "rule.json")));
        var expected = rule.Laws["learningRate"].Law.At(row.GetProperty("parametersWithHead").GetDouble(), 8192);
        Assert.Equal(expected, row.GetProperty("learningRateMax").GetDouble(), 12);
    }

    [Fact]
    public async Task A_tune_that_cannot_be_says_every_problem_and_trains_nothing()
    {
        var fields =
            await _lab.RunAsync("tune", "grid.json", "--fields", "learningRateScale,batchScale,beta", "--keep", "2");
        Assert.Equal(2, fields.ExitCode);
        Assert.StartsWith("--keep: ", Assert.Single(fields.Problems), StringComparison.Ordinal);

        var rivals = await _lab.RunAsync("tune", "grid.json", "--fields", "batchScale");
        Assert.Equal(2, rivals.ExitCode);
        Assert.Contains(rivals.Problems,
            p => p.StartsWith("recipe.batchTokens: is what the tune looks for", StringComparison.Ordinal));
        Assert.Contains(rivals.Problems,
            p => p.StartsWith("recipe.learningRateScale: has 3 values, but is not tuned", StringComparison.Ordinal));
        foreach (var (place, arguments) in new (string, string[])[]
        {
            ("GRID: ", ["tune"]), ("--fit-only: ", ["tune", "--fit-only", "nowhere"]),
                ("--predict: 'N=1' lacks D", ["tune", "grid.json", "--predict", "N=1"]),
            ("none.json: no such file", ["tune", "--rule", "none.json", "--predict", "N=1e6,D=1e7"]),
        })
        {
            var refused = await _lab.RunAsync(arguments);
            Assert.True(refused.ExitCode == 2, refused.ToString());
            Assert.StartsWith(place, Assert.Single(refused.Problems), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(_lab.At("home/checkpoints")));
    }
}
