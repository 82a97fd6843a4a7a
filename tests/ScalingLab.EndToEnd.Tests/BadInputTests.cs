using ScalingLab.Runs.Grids;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Bad input ends with exit code 2 and every problem on stderr, before anything is trained.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Text =
        """ "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } } """;

    private const string Least = """ "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 2000 }] """;

    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_missing_grid_is_said() =>
        Refused(await _lab.RunAsync("run", "none.json"), "none.json: no such file");

    [Fact]
    public async Task An_empty_grid_is_said()
    {
        _lab.Write("grid.json", "");
        Refused(await _lab.RunAsync("plan", "grid.json"), "grid.json: cannot be read: the file is empty, or no regular "
            + "file but a pipe or a device.");
    }

    [Fact]
    public async Task A_malformed_grid_is_said_with_its_line()
    {
        _lab.Write("grid.json", "{\n  \"name\": \"a\"\n  \"models\": []\n}");
        var answer = await _lab.RunAsync("plan", "grid.json");
        Assert.Equal(2, answer.ExitCode);
        Assert.StartsWith("grid.json, line 3, column ", Assert.Single(answer.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_problem_of_a_grid_is_listed_at_once()
    {
        _lab.Write("grid.json", """
            { "name": "a", "lenghts": [], "data": { "corpus": "wikitext" }, "seeds": [],
              "models": ["micro-27k", { "layers": 2, "width": 30, "heads": 4 }], "lengths": [{ "tokens": 0 }] }
            """);
        Refused(
            await _lab.RunAsync("run", "grid.json"),
            "lenghts: unknown field 'lenghts' (did you mean 'lengths'?)",
            $"data.corpus: 'wikitext' is not known (known: {string.Join(", ", CorpusKind.All.Select(kind => kind.Name))})",
            "models[0]: no preset is called 'micro-27k' (did you mean 'micro-28k'?)",
            "models[1].heads: width 30 is not divisible by 4 heads; try 3 heads",
            "lengths[0].tokens: is 0; a number from 1 to 1e15 is expected",
            "seeds: is empty; give at least one value");
    }

    [Fact]
    public async Task A_budget_too_small_for_one_step_names_the_cell()
    {
        _lab.Write("grid.json", """{ "name": "a", "models": ["micro-28k"], "lengths": [{ "flops": 5e6 }] }""");
        Refused(
            await _lab.RunAsync("run", "grid.json"),
            "lengths[0].flops: 5e6 FLOPs is too small for micro-28k: 44 tokens, but one step takes 64; raise it or "
                + "exclude the cell");
    }

    [Fact]
    public async Task Text_that_is_not_there_or_is_empty_is_said()
    {
        _lab.Write("grid.json", "{" + Least + "," + Text + "}");
        var missing = await _lab.RunAsync("run", "grid.json");
        Assert.Equal(2, missing.ExitCode);
        Assert.StartsWith("data.paths[0]: no file or folder 'text'", Assert.Single(missing.Problems),
            StringComparison.Ordinal);

        _lab.Write("text/blank.txt", "  \n ");
        var empty = await _lab.RunAsync("run", "grid.json");
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("files of white space (1): text/blank.txt", Assert.Single(empty.Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_too_short_for_the_context_is_said()
    {
        _lab.Write("text/a.txt", "One sentence alone. And another.");
        _lab.Write("grid.json", "{" + Least + "," + Text + "}");
        var answer = await _lab.RunAsync("run", "grid.json");
        Assert.Equal(2, answer.ExitCode);
        Assert.All(answer.Problems,
            p => Assert.Contains("a context of 64 needs at least 65", p, StringComparison.Ordinal));
        Assert.NotEmpty(answer.Problems);
    }

    [Fact]
    public async Task Invalid_UTF8_is_counted_replaced_and_said()
    {
        _lab.WriteText();
        File.WriteAllBytes(_lab.At("text/odd.txt"),
            [.. "caf"u8, 0xE9, .. " and na"u8, 0xEF, .. "ve words, enough of them to be read"u8]);
        _lab.Write("grid.json", "{" + Least + "," + Text + "}");
        var answer = await _lab.RunAsync("plan", "grid.json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("2 byte sequences in 1 file were not UTF-8 and were replaced", answer.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_written_is_found_before_anything_is_trained()
    {
        _lab.WriteText();
        _lab.Write("grid.json", "{" + Least + "," + Text + "}");
        _lab.Write("file", "in the way");
        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.At("file/results"));
        Assert.Equal(2, answer.ExitCode);
        Assert.StartsWith("--out: the folder ", Assert.Single(answer.Problems), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_lab.At("home/checkpoints")));
    }

    [Fact]
    public async Task A_missing_libtorch_is_said_once_with_the_command_that_mends_it()
    {
        _lab.WriteText();
        _lab.Write("grid.json", "{" + Least + "," + Text + "}");
        var worker = Directory.CreateDirectory(_lab.At("worker")).FullName;
        foreach (var file in Directory.EnumerateFiles(Lab.WorkerFolder)
            .Where(f => !f.EndsWith(".so", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(worker, Path.GetFileName(file)));
        _lab.Environment["SCALINGLAB_WORKER"] = Path.Combine(worker, "ScalingLab.Worker.dll");

        var answer = await _lab.RunAsync("run", "grid.json", "--out", _lab.Out);
        Assert.True(answer.ExitCode == 2, answer.ToString());
        Assert.Contains("libtorch", answer.Error, StringComparison.Ordinal);
        Assert.Contains("apt-get install", answer.Error, StringComparison.Ordinal);

        var doctor = await _lab.RunAsync("doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Matches("MISSING +engine", doctor.Out);
    }

    [Fact]
    public async Task An_unknown_command_option_or_sweep_is_said()
    {
        Assert.Equal(2, (await _lab.RunAsync("frob")).ExitCode);
        var slots = await _lab.RunAsync("run", "grid.json", "--slots", "0", "--device", "tpu");
        Assert.Equal(2, slots.ExitCode);
        Assert.Contains("--slots is 0", slots.Error, StringComparison.Ordinal);
        Assert.Contains("--devices has 'tpu'", slots.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await _lab.RunAsync("retry", "nothing")).ExitCode);
        Assert.Equal(2, (await _lab.RunAsync("report", "nowhere")).ExitCode);
    }

    [Fact]
    public async Task A_table_that_cannot_be_fitted_has_every_problem_listed()
    {
        _lab.Write("runs.csv", "n,d,loss\n1e6,2e7,3.1\n1e6,lots,3.0\n2e6,4e7,low\n");
        var columns = await _lab.RunAsync("fit", "runs.csv", "--n", "size");
        Assert.Equal(2, columns.ExitCode);
        Assert.Contains(columns.Problems,
            p => p.StartsWith("--n: runs.csv has no column 'size' (columns: n, d, loss)", StringComparison.Ordinal));
        Assert.Contains(columns.Problems, p => p.StartsWith("runs.csv: has no column "
            + "'loss_validation'", StringComparison.Ordinal));

        Refused(
            await _lab.RunAsync("fit", "runs.csv", "--n", "n", "--d", "d", "--loss", "loss"),
            "runs.csv, column d: 1 of 3 cells is no number, first line 3 'lots'",
            "runs.csv, column loss: 1 of 3 cells is no number, first line 4 'low'");
    }

    private static void Refused(LabAnswer answer, params string[] problems)
    {
        Assert.True(answer.ExitCode == 2, answer.ToString());
        Assert.Equal(problems.Order(StringComparer.Ordinal), answer.Problems.Order(StringComparer.Ordinal));
    }
}
