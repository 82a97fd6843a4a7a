using System.Globalization;
using ScalingLab.Reporting.Tables;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// A grid with values from the command line, called from a folder that is not the repository; and what is foreseen
/// before anything is queued.
/// </summary>
public sealed class GridWordsTests : IDisposable
{
    private readonly QueueLab _queue = new(Place.Sqlite);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Values_on_the_command_line_are_the_sweeps_and_relative_paths_are_the_callers()
    {
        WriteGrid();
        var said =
            await _queue.Lab.RunAsync("run", "grids/grid.json", "seeds=1,2", "recipe.positions=learned", "name=typed",
                "--out", "here", "--slots", "1");
        Assert.Contains("typed: 2 of 2 runs to train", said.Out, StringComparison.Ordinal);
        Assert.Contains("Results in here: runs.csv", said.Out, StringComparison.Ordinal);
        Assert.Equal(2, RunsCsv.Read(_queue.Lab.At("here/runs.csv")).Count);

        var report = await File.ReadAllTextAsync(_queue.Lab.At("here/report.md"));
        Assert.Contains($"./lab run {_queue.Lab.At("grids/grid.json")} seeds=1,2 recipe.positions=learned "
            + $"name=typed --out {_queue.Lab.At("here")}\n", report, StringComparison.Ordinal);
        Assert.Contains($"./lab report {_queue.Lab.At("here")}\n", report, StringComparison.Ordinal);
        Assert.Contains("\"positions\": \"learned\"", report, StringComparison.Ordinal);
        Assert.Contains("Results in here: runs.csv", (await _queue.Lab.RunAsync("report", "here")).Out,
            StringComparison.Ordinal);

        // The grid as it stands has other runs; a seed of the same recipe is found finished.
        Assert.Contains("1 run, ", await _queue.DoAsync("plan", "grids/grid.json"), StringComparison.Ordinal);
        Assert.Contains(
            "All of them are finished",
            await _queue.DoAsync("plan", "grids/grid.json", "recipe.positions=learned", "seeds=[2]"),
            StringComparison.Ordinal);
        var other = await _queue.Lab.RunAsync("queue", "grids/grid.json", "name=typed");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("name=OTHER queues it beside", other.Error, StringComparison.Ordinal);

        // A device that was named is looked for even where nothing is left to train.
        string[] again =
            ["run", "grids/grid.json", "seeds=1,2", "recipe.positions=learned", "name=typed", "--out", "here"];
        Assert.Contains("nothing to train", (await _queue.Lab.RunAsync(again)).Out, StringComparison.Ordinal);
        Refused(await _queue.Lab.RunAsync([.. again, "--devices", "cuda:97"]),
            "--devices: 'cuda:97' is not on this machine (it has cpu");
    }

    [Fact]
    public async Task A_device_that_is_not_there_and_times_that_leave_none_are_said_before_anything_is_queued()
    {
        WriteGrid();
        foreach (var command in new[] { "run", "tune" })
        {
            string[] cells = ["models=micro-28k,micro-39k", "lengths.tokens=20000,40000"];
            var refused = await _queue.Lab.RunAsync([command, "grids/grid.json", .. cells, "--device", "cuda:97"]);
            Refused(refused, "--devices: 'cuda:97' is not on this machine (it has cpu");
        }

        Refused(await _queue.Lab.RunAsync("node", "--devices", "cuda:97"),
            "--devices: 'cuda:97' is not on this machine (it has cpu");
        var served = await _queue.Lab.RunAsync("serve", "--port", "0", "--devices", "gpu9");
        Refused(served, "--devices: 'gpu9' is not on this machine (it has cpu");
        Assert.Equal("", served.Out);

        var now = DateTimeOffset.UtcNow;
        string[] times =
        [
            "--window",
                string.Create(CultureInfo.InvariantCulture, $"{now.AddHours(2):HH:mm}-{now.AddHours(3):HH:mm} UTC"),
            "--deadline", now.AddHours(1).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture),
        ];
        foreach (var command in new[] { "queue", "plan" })
            Refused(await _queue.Lab.RunAsync([command, "grids/grid.json", .. times]), "--deadline: ",
                "is before the window ", "nothing could be started");
        Assert.Equal(0, (await _queue.StatusAsync()).GetProperty("sweeps").GetArrayLength());

        // Somebody else's machine has what this one has not.
        Assert.Contains("queued, 1 of 1 runs to train, on cuda",
            await _queue.DoAsync("queue", "grids/grid.json", "--device", "cuda", "--out", "o"),
            StringComparison.Ordinal);
    }

    private void WriteGrid()
    {
        _queue.WriteGrid("fixed", 1, 4);
        _queue.Lab.Write("grids/grid.json", File.ReadAllText(_queue.Lab.At("grid.json")));
        Directory.Move(_queue.Lab.At("text"), _queue.Lab.At("grids/text"));
    }

    private static void Refused(LabAnswer answer, params string[] words)
    {
        Assert.True(answer.ExitCode == 2, answer.ToString());
        Assert.All(words, w => Assert.Contains(w, Assert.Single(answer.Problems), StringComparison.Ordinal));
    }
}
