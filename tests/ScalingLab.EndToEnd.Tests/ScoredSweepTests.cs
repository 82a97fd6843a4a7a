using ScalingLab.Reporting.Tables;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A sweep whose runs are scored on tasks: by their workers, and afterwards.</summary>
public sealed class ScoredSweepTests : Sweeping
{
    private const string Task = """
        {"query": "the model learns a power law of", "choices": ["loss over tokens", "%%~ @## $^^"], "gold": 0}
        {"query": "grows slowly when compute", "choices": ["%%~ @## $^^", "is small"], "gold": 1}
        {"query": "loss over", "choices": ["tokens", "^^$@~"], "gold": 0}
        """;

    private const string Asks = """ "evaluate": [ { "task": "own.jsonl" }, { "generate": 3, "promptTokens": 24, "tokens": 8 } ], """;

    [Fact]
    public async Task Workers_score_what_the_grid_asks_for_and_what_is_asked_later_is_scored_from_the_kept_models()
    {
        Lab.Write("own.jsonl", Task);
        Write("scored", tokens: 20_000, Asks);
        var trained = await RunAsync();
        Assert.True(trained.ExitCode == 0, trained.ToString());
        var first = Rows();
        Assert.All(first, row => Assert.Equal(["held-out", "own"], row.Scores.Select(s => s.Name)));
        Assert.All(first, row => Assert.Equal((1.0, 0.5), (Of(row, "own").Value, Of(row, "own").Guess)));
        Assert.Contains("## What the models can do", await ReportAsync(), StringComparison.Ordinal);
        Assert.Contains(Directory.EnumerateFiles(Lab.At("home/logs"), "*.log", SearchOption.AllDirectories)
            .Select(File.ReadAllText), log => log.Contains(", own acc 1.000", StringComparison.Ordinal));

        // Nothing is trained again, and nothing scored twice.
        var ids = first.Select(r => r.RunId).ToList();
        Lab.Write("more.jsonl", Task.Replace("is small", "is large", StringComparison.Ordinal));
        Write("scored", tokens: 20_000, Asks.Replace("{ \"task\"", "{ \"task\": \"more.jsonl\" }, { \"task\"",
            StringComparison.Ordinal));
        var again = await RunAsync();
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains("nothing to train, all 2 runs have ended before.", again.Out, StringComparison.Ordinal);
        Assert.Equal(ids, Rows().Select(r => r.RunId));
        Assert.All(Rows(), row => Assert.Equal(["held-out", "more", "own"], row.Scores.Select(s => s.Name)));
        Assert.Equal(first.Select(r => Of(r, "own")), Rows().Select(r => Of(r, "own")));

        // A file that is another by now is asked again; the grid's own copy is not touched by that.
        Lab.Write("own.jsonl", Task.Replace("\"gold\": 0", "\"gold\": 1", StringComparison.Ordinal));
        var every = await Lab.RunAsync("eval", "scored", "--every-run", "--task", "own.jsonl");
        Assert.True(every.ExitCode == 0, every.ToString());
        Assert.Contains("scored: 2 runs scored on own.", every.Out, StringComparison.Ordinal);
        Assert.All(Rows(), row => Assert.Equal(1.0 / 3, Of(row, "own").Value, 1e-9));
        await RefuseAsync();
        await TravelAsync();
    }

    /// <summary>Scores go with a run into another ledger; what its model is not there for is said.</summary>
    private async Task TravelAsync()
    {
        Assert.Equal(0, (await Lab.RunAsync("export", "scored", "scored.jsonl.gz")).ExitCode);
        Lab.Environment["SCALINGLAB_HOME"] = Lab.At("other");
        Assert.Equal(0, (await Lab.RunAsync("import", "scored.jsonl.gz")).ExitCode);
        Directory.Delete(Lab.Out, recursive: true);
        Lab.Write("late.jsonl", Task);
        Write("scored", tokens: 20_000, Asks.Replace("own.jsonl", "late.jsonl", StringComparison.Ordinal));
        var merged = await RunAsync();
        Assert.True(merged.ExitCode == 0, merged.ToString());
        Assert.All(Rows(), row => Assert.Equal(["held-out", "more", "own"], row.Scores.Select(s => s.Name)));
        Assert.Contains("2 finished runs cannot be scored: checkpoints: they are not in", merged.Error,
            StringComparison.Ordinal);
    }

    private async Task RefuseAsync()
    {
        async Task Refused(IEnumerable<string> problems, params string[] asked)
        {
            var answer = await Lab.RunAsync(asked);
            Assert.True(answer.ExitCode == 2, answer.ToString());
            foreach (var problem in problems)
                Assert.Contains(answer.Problems, p => p.StartsWith(problem, StringComparison.Ordinal));
        }

        Lab.Write("bad.jsonl", "{\"query\": \"q\", \"choices\": [\"a\"], \"gold\": 0}\n{\"query\": \"q\"}\n");
        Lab.Write("long.jsonl", $$"""{"query": "q", "choices": ["a", "{{new string('b', 2000)}}"], "gold": 0}""");
        Write("refused", tokens: 2000, Asks.Replace("{ \"task\"", "{ \"task\": \"bad.jsonl\" }, { \"task\"",
            StringComparison.Ordinal));
        await Refused(["bad.jsonl:1: the field 'choices' is an array of 1".Replace("bad", Lab.At("bad"),
            StringComparison.Ordinal), Lab.At("bad.jsonl:2: has no field 'choices'")], "queue", "grid.json");
        Write("refused", tokens: 2000, Asks.Replace("own.jsonl", "long.jsonl", StringComparison.Ordinal)
            .Replace("24", "2400", StringComparison.Ordinal));
        await Refused([Lab.At("long.jsonl:1: continuation 1 has 2001 tokens"),
            "evaluate[1].promptTokens: 2400 tokens and 8 more (tokens) do not fit"], "run", "grid.json");
        Assert.DoesNotContain("refused", (await Lab.RunAsync("status")).Out, StringComparison.Ordinal);
        await Refused(["RUN: 'nothing' is no sweep of this ledger"], "eval", "nothing", "--every-run", "--task",
            "more.jsonl");
        await Refused(["--json: has no meaning with --every-run", "--temperature: has no meaning"], "eval", "scored",
            "--every-run", "--task", "more.jsonl", "--json", "a.json", "--temperature", "1");
        Write("scored", tokens: 20_000, Asks.Replace("{ \"task\"", "{ \"task\": \"more.jsonl\" }, { \"task\"",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_task_is_made_of_a_grids_held_out_text_and_asked_of_its_runs()
    {
        for (var i = 0; i < 200; i++)
            Lab.Write($"text/more-{i}.txt", string.Join(' ', Enumerable.Range(0, 40).Select(w => $"word{(i * 7) + w}")));
        Write("cloze", tokens: 4000, """ "evaluate": { "task": "cloze.jsonl" }, """);
        var made = await Lab.RunAsync("data", "cloze", "grid.json", "--out", "cloze.jsonl", "--words", "5",
            "--ending-words", "2", "--choices", "3");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Contains("questions of 3 endings in cloze.jsonl.", made.Out, StringComparison.Ordinal);
        var trained = await RunAsync();
        Assert.True(trained.ExitCode == 0, trained.ToString());
        Assert.All(Rows(), row => Assert.Equal(1.0 / 3, Of(row, "cloze").Guess!.Value, 1e-9));
        var refused = await Lab.RunAsync("data", "cloze", "grid.json", "--out", "cloze.jsonl", "--words", "5000");
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("--words: fewer than 4 held-out documents", Assert.Single(refused.Problems),
            StringComparison.Ordinal);
    }

    private static Runs.Outcomes.Metric Of(RunRow row, string task) => row.Scores.Single(s => s.Name == task).Main!;

    private Task<string> ReportAsync() => File.ReadAllTextAsync(Path.Combine(Lab.Out, "report.md"));
}
