using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Real runs that complete and learn nothing.</summary>
public sealed class VerdictSweepTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_learning_rate_that_is_far_too_high_or_too_low_flags_its_run_and_the_fits_can_do_without_it()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "verdicts", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": [{ "layers": 1, "width": 8, "heads": 1 }, { "layers": 1, "width": 16, "heads": 1 }], "context": 32,
              "lengths": [{ "tokens": 50000 }],
              "recipe": { "learningRate": [0.03, 10, 1e-9], "batchTokens": 256, "evaluationTokens": 1024,
                "embeddingRate": 1, "headRate": 16, "beta2": 0.95, "warmup": 0.05, "weightDecay": 0.1, "qkNorm": false },
              "worker": { "evaluations": 5, "curvePoints": 50 } }
            """);
        var plan = await _lab.RunAsync("plan", "grid.json");
        Assert.Contains("6 of 6 rows have fewer than 400 steps: 1x8 at 49.9k tokens learningRate=0.03 (195 steps)",
            plan.Out.ReplaceLineEndings(" "),
            StringComparison.Ordinal);

        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.Out, "--slots", "1");
        var rows = Check(answer, good: "0.03");
        Assert.All(rows.Where(r => r.LearningRate < 1e-3),
            r => Assert.InRange(r.LossValidation!.Value, Math.Log(257) - 0.1, Math.Log(257) + 0.1));
        Assert.All(rows.Where(r => r.Flags == RunDefects.None),
            r => Assert.True(r.LossValidation < r.LossUnigram - 0.3));

        Assert.Contains("\"flagged\": 4", (await _lab.RunAsync("status", "--json")).Out, StringComparison.Ordinal);
        var fit =
            await _lab.RunAsync("fit", Path.Combine(_lab.Out, "runs.csv"), "--exclude-flagged", "--bootstrap", "0");
        Assert.Contains("2 runs fitted of 6 rows", fit.Out, StringComparison.Ordinal);
        Assert.Contains(": flagged undertrained", fit.Out, StringComparison.Ordinal);
        Assert.Contains("warning (flagged-runs): 4 of 6 runs fitted are flagged",
            (await _lab.RunAsync("fit", Path.Combine(_lab.Out, "runs.csv"), "--bootstrap", "0")).Out,
            StringComparison.Ordinal);
        await _lab.RunAsync("report", _lab.Out, "--exclude-flagged");
        var report = await File.ReadAllTextAsync(Path.Combine(_lab.Out, "report.md"));
        Assert.Contains("4 of 6 runs are no observations of the fits", report, StringComparison.Ordinal);
    }

    [CaseFact]
    public async Task The_case_that_somebody_reported_is_told()
    {
        foreach (var file in Directory.GetFiles(CaseFact.Folder!, "*", SearchOption.AllDirectories))
            _lab.Write(Path.GetRelativePath(CaseFact.Folder!, file), await File.ReadAllTextAsync(file));
        Check(await _lab.RunAsync("run", "grid.json", "--out", _lab.Out, "--slots", "1"), good: "0.0385");
    }

    /// <summary>
    /// All runs of the good learning rate are without flags, all others flagged, on the screen and in the report too.
    /// </summary>
    private IReadOnlyList<RunRow> Check(LabAnswer answer, string good)
    {
        var rows = RunsCsv.Read(Path.Combine(_lab.Out, "runs.csv"));
        Assert.All(rows, r => Assert.Equal(RunState.Completed, r.State));
        foreach (var row in rows)
        {
            var isGood = row.Varies.Contains(new RecipeChoice("learning_rate", good));
            Assert.True(isGood == (row.Flags == RunDefects.None),
                $"{row.Variant} ends at {row.LossValidation} of {row.LossUnigram}: {row.Flags}\n{answer}");
        }

        Assert.Contains(" is undertrained: ends at ", answer.Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("## Flagged runs", File.ReadAllText(Path.Combine(_lab.Out, "report.md")),
            StringComparison.Ordinal);
        return rows;
    }
}

/// <summary>A fact about the reported case, which lies outside the repository; skipped where it is absent.</summary>
public sealed class CaseFact : FactAttribute
{
    public CaseFact()
    {
        if (Folder is null) Skip = "shared/cases/10-untrained-run-completed is not beside the repository.";
    }

    public static string? Folder { get; } =
        Repository.Shared("cases", "10-untrained-run-completed") is var folder && Directory.Exists(folder) ? folder
            : null;
}
