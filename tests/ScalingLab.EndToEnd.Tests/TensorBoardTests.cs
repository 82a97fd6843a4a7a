using ScalingLab.Store;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Curves of a sweep as event files for TensorBoard.</summary>
public sealed class TensorBoardTests
{
    [Fact]
    public async Task Every_run_that_has_said_something_is_a_folder_with_its_whole_curve()
    {
        using var queue = new QueueLab(Place.Sqlite);
        queue.WriteGrid("night", seeds: 2, steps: 40);
        await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out);
        Assert.Contains("no run of night has a point of its curve yet",
            await RefusesAsync(queue, "export", "night", "--tensorboard", "events"), StringComparison.Ordinal);
        await queue.DoAsync("run", "grid.json", "--out", queue.Lab.Out);
        Assert.Contains("curves of 2 runs of night", await queue.DoAsync("export", "night", "--tensorboard", "events"),
            StringComparison.Ordinal);

        using var ledger = Ledger.OpenSqlite(queue.Lab.At("home/ledger.db"));
        var folders = Directory.GetDirectories(queue.Lab.At("events"));
        foreach (var (run, _) in ledger.Cells("night"))
        {
            var folder = Assert.Single(folders, f => f.EndsWith($"-{run}", StringComparison.Ordinal));
            var events = TfRecords.Read(await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(folder))))
                .ConvertAll(record => ProtobufField.Read(record));
            var points = ledger.Points(run);
            Assert.NotEmpty(points);
            Assert.Equal(points.Select(p => (ulong)p.Step),
                events[1..].Select(e => e.Single(f => f.Number == 2).Value));
            Assert.Equal(points.Where(p => p.LossTrain is not null).Select(p => (float)p.LossTrain!.Value),
                events[1..].SelectMany(e => e.Single(f => f.Number == 5).Inner(1))
                    .Where(v => v.Inner(1).Single().Text == "loss/train").Select(v => v.Inner(2).Single().Single));
        }

        queue.Lab.Write("a-file", "");
        Assert.Contains("a-file is a file", await RefusesAsync(queue, "export", "night", "--tensorboard", "a-file"),
            StringComparison.Ordinal);
        Assert.Contains("the curves of one sweep",
            await RefusesAsync(queue, "export", "--all", "--tensorboard", "x", "y"), StringComparison.Ordinal);
    }

    private static async Task<string> RefusesAsync(QueueLab queue, params string[] arguments)
    {
        var refused = await queue.Lab.RunAsync(arguments);
        Assert.True(refused.ExitCode == 2, refused.ToString());
        return refused.Error;
    }
}
