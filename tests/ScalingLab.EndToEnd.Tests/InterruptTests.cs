using System.Diagnostics;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// One signal ends a command that has no workers to ask, wherever it is, and leaves nothing behind; long work says how
/// far it is.
/// </summary>
public sealed class InterruptTests : IDisposable
{
    private const int CtrlC = 2;

    // Far more than it takes, far less than the work that is interrupted.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_fit_of_many_rows_ends_at_one_signal()
    {
        WriteTable("runs.csv", 50_000);
        var fit = _lab.Start("fit", "runs.csv", "--n", "n", "--d", "d", "--loss", "loss", "--json", "fit.json");
        await InterruptAsync(fit, CtrlC, within: () => fit.HasComplained("lab: fitting 50,000 rows: "));
        Assert.False(File.Exists(_lab.At("fit.json")));
    }

    [Fact]
    public async Task Data_preparation_ends_at_one_signal_and_leaves_what_the_next_goes_on_with()
    {
        _lab.WriteText();
        _lab.Write("text/long.txt", string.Concat(Enumerable.Range(0, 400_000).Select(i => $"word{i * 7919L % 100_003} "
            + $"and word{i}.\n")));
        _lab.Write("grid.json", """
            { "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }],
              "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bpe", "vocabulary": 60000 } } }
            """);
        var plan = _lab.Start("plan", "grid.json");
        await InterruptAsync(plan, CtrlC, within: () => plan.HasComplained("Training a byte-pair encoding"));
        Assert.EndsWith(".work", Assert.Single(Directory.GetFileSystemEntries(_lab.At("home/data"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_ends_at_one_signal_and_leaves_files_whole()
    {
        var results = Directory.CreateDirectory(_lab.At("results")).FullName;
        foreach (var file in (string[])["runs.csv", "curves.csv", "fit.json"])
            File.Copy(Repository.At("results/quickstart", file), Path.Combine(results, file));
        var old = File.GetLastWriteTimeUtc(Path.Combine(results, "curves.csv"));
        var before = File.ReadAllText(Path.Combine(results, "fit.json"));
        var report = _lab.Start("report", "results");
        await InterruptAsync(report, RunningLab.Terminate,
            within: () => File.GetLastWriteTimeUtc(Path.Combine(results, "curves.csv")) > old);
        Assert.Equal(before, File.ReadAllText(Path.Combine(results, "fit.json")));
        Assert.DoesNotContain(Directory.GetFiles(results), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_of_a_huge_grid_ends_at_one_signal()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "a", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }, { "tokens": 61000 }], "seeds": [SEEDS],
              "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } } }
            """.Replace("SEEDS", string.Join(',', Enumerable.Range(0, 50_000)), StringComparison.Ordinal));
        var plan = _lab.Start("plan", "grid.json");
        await InterruptAsync(plan, CtrlC, within: () => plan.HasComplained("data: Encoding"));
    }

    [Fact]
    public async Task A_command_whose_output_nobody_takes_ends_at_one_signal()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "a", "models": ["micro-28k"], "lengths": [LENGTHS],
              "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } } }
            """.Replace("LENGTHS", string.Join(',', Enumerable.Range(60, 1000).Select(n => $$"""{ "tokens": {{n}}000 }""")), StringComparison.Ordinal));
        using var plan = Process.Start(_lab.Call("plan", "grid.json", "--json"))!;
        try
        {
            using var late = new CancellationTokenSource(Limit);
            while (await plan.StandardError.ReadLineAsync(late.Token) is { } line
                && !line.StartsWith("data: Prepared", StringComparison.Ordinal))
                Assert.StartsWith("data: ", line, StringComparison.Ordinal);
            // it writes, and a pipe takes 64 KiB of it
            await plan.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1], late.Token);
            RunningLab.Signal(plan.Id, RunningLab.Terminate);
            await plan.WaitForExitAsync(late.Token);
            Assert.Equal(130, plan.ExitCode);
        }
        finally
        {
            if (!plan.HasExited) plan.Kill(entireProcessTree: true);
        }
    }

    private static async Task InterruptAsync(RunningLab lab, int signal, Func<bool> within)
    {
        try
        {
            await lab.UntilAsync(within, "the work");
            lab.Signal(signal);
            var answer = await lab.EndAsync(Limit);
            Assert.True(answer.ExitCode == 130, answer.ToString());
            Assert.Single(answer.Error.Split('\n'), "lab: interrupted.");
            Assert.DoesNotContain("Exception", answer.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            lab.End();
        }
    }

    private void WriteTable(string name, int rows)
    {
        var random = new Random(1);
        _lab.Write(name, "n,d,loss\n" + string.Concat(Enumerable.Range(0, rows).Select(_ =>
        {
            var (n, d) = (Math.Pow(10, 5 + (4 * random.NextDouble())), Math.Pow(10, 6 + (4 * random.NextDouble())));
            var loss = 1.69 + (406 / Math.Pow(n, 0.34)) + (411 / Math.Pow(d, 0.28)) + (0.02 * random.NextDouble());
            return FormattableString.Invariant($"{n:G6},{d:G6},{loss:G7}\n");
        })));
    }
}
