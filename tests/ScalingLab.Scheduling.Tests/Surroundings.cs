using System.Text;
using Microsoft.Data.Sqlite;
using ScalingLab.Runs.Parsing;
using ScalingLab.Scheduling.Attempts;

namespace ScalingLab.Scheduling.Tests;

public sealed class Surroundings
{
    [Fact]
    public async Task A_ledger_that_is_locked_for_a_while_costs_no_run_and_no_result()
    {
        using var sweep = new DummySweep(runs: 4, steps: 20);
        var running = sweep.RunAsync(sweep.Options(stepMilliseconds: 20));
        await sweep.HearAsync<SweepProgress.Training>(t => t.Step >= 2);
        using (var other = new SqliteConnection($"Data Source={sweep.LedgerFile};Pooling=False"))
        {
            other.Open();
            using var transaction = other.BeginTransaction();
            await Task.Delay(TimeSpan.FromSeconds(2));
        }
        var outcome = await running;

        Assert.True(outcome.IsComplete);
        Assert.Equal(4, outcome.AttemptsStarted);
        Assert.All(sweep.Ledger.Records(DummySweep.Name), r => Assert.Equal(20, r.Points.Count));
    }

    [Fact]
    public async Task A_place_for_logs_that_cannot_be_written_costs_the_logs_and_not_the_runs()
    {
        using var sweep = new DummySweep(runs: 1);
        await File.WriteAllTextAsync(Path.Combine(sweep.Folder, "file"), "");
        var outcome = await sweep.RunAsync(sweep.Options() with { LogFolder = Path.Combine(sweep.Folder, "file") });
        Assert.True(outcome.IsComplete);
    }

    [Fact]
    public void A_log_is_bounded_and_keeps_its_beginning_and_its_end()
    {
        using var folder = new TemporaryFolder();
        var file = folder["attempt-1.log"];
        using (var log = new AttemptLog(file))
        {
            for (var i = 0; i < 100_000; i++) log.Add($"line {i} of a worker that has much to say");
            Assert.EndsWith("line 99999 of a worker that has much to say", log.Tail, StringComparison.Ordinal);
        }
        var lines = File.ReadAllLines(file);
        Assert.InRange(new FileInfo(file).Length, 1_000_000, 1_100_000);
        Assert.StartsWith("line 0 ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("line 99999 ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_come_whole_across_reads_and_long_ones_cut()
    {
        var text = "short\n" + new string('a', 40_000) + "\r\n\n" + new string('b', 100) + "\nlast without end";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var lines = new List<(string Text, bool Cut)>();
        await foreach (var line in BoundedLines.ReadAsync(stream, longest: 100)) lines.Add(line);

        Assert.Equal(
            [("short", false), (new string('a', 100), true), ("", false), (new string('b', 100), false),
                ("last without end", false)],
            lines);
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_not_waited_for()
    {
        using var stream = new Endless();
        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var line in BoundedLines.ReadAsync(stream, longest: 100, most: 1_000_000))
                Assert.Fail(line.Text);
        });
        Assert.InRange(stream.Position, 1_000_000, 1_100_000);
        using var text = new StreamReader(stream);
        Assert.Throws<InvalidDataException>(() => BoundedLines.ReadLine(text, longest: 100));
    }

    [Fact]
    public void Lines_of_a_text_end_as_they_are_written()
    {
        using var text = new StringReader("one\r\n\ntwo");
        Assert.Equal(["one", "", "two", null],
            Enumerable.Range(0, 4).Select(_ => BoundedLines.ReadLine(text, longest: 100)));
    }

    /// <summary>Zeros, as many as anybody asks for.</summary>
    private sealed class Endless : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Clear();
            Position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
