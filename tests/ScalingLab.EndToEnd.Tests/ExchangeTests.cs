using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// A sweep that several machines train one after another: finished runs go from one state folder into the next.
/// </summary>
public sealed class ExchangeTests : Sweeping
{
    private static readonly string[] Times =
    [
        "wall_seconds", "predicted_seconds", "tokens_per_second", "mfu", "peak_memory_bytes", "energy_joules",
            "co2e_grams", "flops_per_second",
        "peak_flops_per_second", "data_wait_share", "device_utilisation", "power_watts_mean",
    ];

    [Fact]
    public async Task Two_halves_that_were_trained_apart_make_the_sweep_that_one_machine_trains_alone()
    {
        Write("alone", 5000);
        Assert.Equal(0, (await RunAsync()).ExitCode);
        var alone = Table();

        var first = await HalfAsync("first", "\"micro-28k\"");
        var second = await HalfAsync("second", """{ "layers": 1, "width": 8, "heads": 1 }""");
        Home("third");
        var import = await Lab.RunAsync("import", first, second);
        Assert.True(import.ExitCode == 0, import.ToString());
        Assert.Equal(2,
            import.Out.Split('\n')
            .Count(l =>
                l.Contains("1 came in (0 of them waited here), 0 were here already", StringComparison.Ordinal)));
        Directory.Delete(Lab.Out, recursive: true);
        var merged = await RunAsync();

        Assert.True(merged.ExitCode == 0, merged.ToString());
        Assert.Contains("alone: nothing to train, all 2 runs have ended before.", merged.Out, StringComparison.Ordinal);
        Assert.Equal(alone, Table());
        Assert.True(File.Exists(Path.Combine(Lab.Out, "report.md")));
        Assert.False(Directory.Exists(Lab.At("third/checkpoints")));
    }

    [Fact]
    public async Task What_waits_is_completed_by_an_import_bad_files_bring_nothing_and_the_rest_is_trained()
    {
        Write("small", 2000);
        var file = await HalfAsync("first", "\"micro-28k\"", 2000);
        Home("second");
        await RefusesAsync(file);
        Assert.Equal(0, (await Lab.RunAsync("queue", "grid.json", "--out", Lab.Out)).ExitCode);
        Assert.Contains("1 came in (1 of them waited here)", (await Lab.RunAsync("import", file)).Out,
            StringComparison.Ordinal);
        Assert.Contains("1 of 2 runs to train", (await RunAsync()).Out, StringComparison.Ordinal);
        Assert.Contains("0 came in (0 of them waited here), 1 were here already",
            (await Lab.RunAsync("import", file)).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Lab.RunAsync("export", "small", "both.jsonl.gz")).ExitCode);

        // The first machine's export would take the place of a file with more.
        Home("first");
        var lost = await Lab.RunAsync("export", "--all", "both.jsonl.gz");
        Assert.Equal(2, lost.ExitCode);
        Assert.Equal(
            "both.jsonl.gz: is there, with 1 run that this export has not: 'lab import' it first, or choose another name", Assert.Single(lost.Problems));
        Assert.Contains("'lab export small FILE'", (await Lab.RunAsync("export", "small")).Error,
            StringComparison.Ordinal);
        Assert.Contains("give the file alone", (await Lab.RunAsync("export", "--all", "small", "x.gz")).Error,
            StringComparison.Ordinal);
        Assert.Equal(0, (await Lab.RunAsync("import", "both.jsonl.gz")).ExitCode);
        Assert.Equal(0, (await Lab.RunAsync("export", "--all", "both.jsonl.gz")).ExitCode);
    }

    private void Home(string name) => Lab.Environment["SCALINGLAB_HOME"] = Lab.At(name);

    /// <summary>Bad files and names are said, and nothing comes in with them, a ledger included.</summary>
    private async Task RefusesAsync(string good)
    {
        Lab.Write("odd.csv", "run_id,loss\n");
        var refused = await Lab.RunAsync("import", good, "odd.csv", "none.gz");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(
            ["odd.csv line 1: this is no file of finished runs, which 'lab export' writes", "none.gz: no such file"],
            refused.Problems);
        Assert.Contains("there is no ledger", (await Lab.RunAsync("export", "--all", "x.gz")).Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Lab.At("second/ledger.db")));
    }

    /// <summary>Trains one model of the grid in a state folder of its own, and exports it.</summary>
    private async Task<string> HalfAsync(string home, string model, int tokens = 5000)
    {
        Home(home);
        var whole = await File.ReadAllTextAsync(Lab.At("grid.json"));
        Write("small", tokens);
        var grid = await File.ReadAllTextAsync(Lab.At("grid.json"));
        Lab.Write("half.json",
            grid.Replace("""["micro-28k", { "layers": 1, "width": 8, "heads": 1 }]""", $"[{model}]",
                StringComparison.Ordinal));
        Lab.Write("grid.json", whole);
        var trained = await Lab.RunAsync("run", "half.json", "--out", Lab.At($"{home}-out"), "--slots", "1");
        Assert.True(trained.ExitCode == 0, trained.ToString());
        var export = await Lab.RunAsync("export", "small", $"{home}.jsonl.gz");
        Assert.True(export.ExitCode == 0, export.ToString());
        Assert.Contains("1 finished run,", export.Out, StringComparison.Ordinal);
        return $"{home}.jsonl.gz";
    }

    /// <summary>runs.csv, without the columns that are times.</summary>
    private string[] Table()
    {
        var lines = File.ReadAllLines(Path.Combine(Lab.Out, "runs.csv")).Select(l => l.Split(',')).ToList();
        Assert.All(lines, l => Assert.Equal(lines[0].Length, l.Length));
        Assert.Equal(RunState.Completed, Rows()[0].State);
        return [.. lines.Select(l => string.Join(',', l.Where((_, i) => !Times.Contains(lines[0][i]))))];
    }
}
