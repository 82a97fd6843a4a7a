using System.IO.Compression;
using System.Text;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

/// <summary>The file that finished runs travel in.</summary>
public sealed class RunsFiles : IDisposable
{
    private static readonly string[] NewLine = ["\n"];

    private readonly TemporaryFolder _folder = new();

    private string At => _folder["runs.jsonl.gz"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_read_to_the_last_bit_packed_or_not()
    {
        RunsFile.Write(At, [Run(1), Run(2)]);
        var bytes = File.ReadAllBytes(At);
        var read = RunsFile.Read(At);
        Assert.Equal([RunJson.Serialize(Run(1) with { Points = [] }), RunJson.Serialize(Run(2) with { Points = [] })],
            read.Select(r => RunJson.Serialize(r with { Points = [] })));
        Assert.Equal(Run(2).Points, read[1].Points);
        Assert.Equal(Run(2).Points[0].Telemetry, read[1].Points[0].Telemetry);

        RunsFile.Write(At, read);
        Assert.Equal(bytes, File.ReadAllBytes(At));
        Assert.Equal([At], Directory.GetFiles(_folder.Path));
        File.WriteAllLines(At, Lines());
        Assert.Equal(Run(2).Points, RunsFile.Read(At)[1].Points);
    }

    [Fact]
    public void A_ladder_of_sixty_runs_with_three_hundred_points_each_stays_below_eight_megabytes()
    {
        var random = new Random(1);
        RunsFile.Write(At,
            [.. Enumerable.Range(1, 60)
                .Select(seed => Run(seed, steps: 3000, Enumerable.Range(1, 300).Select(i => new MetricPoint(
            i * 10, i * 160, Any(), Any(), Any(), Any(), new IntervalTelemetry
            {
                TokensPerSecond = Any(), FlopsPerSecond = Any(), Mfu = Any(), DataWaitShare = Any(),
                    DeviceUtilisation = Any(), PowerWatts = Any(),
                EnergyJoules = Any(), PeakMemoryBytes = random.NextInt64(1L << 36),
            })).ToArray()))]);
        // numbers without any order: no file can be larger
        Assert.InRange(new FileInfo(At).Length, 1_000_000, 8_000_000);
        Assert.Equal(60 * 300, RunsFile.Read(At).Sum(r => r.Points.Count));

        double Any() => random.NextDouble();
    }

    [Fact]
    public void Every_problem_is_listed_with_its_line()
    {
        RunsFile.Write(At, [Run(1), Run(2), Run(3), Run(4), Run(5)]);
        var lines = Lines();
        lines[1] = lines[1].Replace("\"seed\":1", "\"seed\":7", StringComparison.Ordinal);
        lines[2] = lines[2][..100];
        lines[3] = lines[3].Replace("\"lossValidation\":3.5", "\"lossValidation\":\"NaN\"", StringComparison.Ordinal)
            .Replace("\"step\":10", "\"step\":5", StringComparison.Ordinal);
        lines[4] = lines[4].Replace("\"spec\":{", "\"spec\":{\"colour\":\"red\",", StringComparison.Ordinal);
        File.WriteAllLines(At, [.. lines, lines[5]]);

        var problems = Problems();
        Assert.Equal([2, 3, 4, 4, 5, 7, 7], problems.Select(LineOf));
        Assert.Contains($"run: the run is called {Run(1).Run}, but what it says that it trained hashes to ",
            problems[0].Text, StringComparison.Ordinal);
        Assert.Equal("result.lossValidation: is not finite; such a run did not complete", problems[2].Text);
        Assert.Equal("points[1].step: is 5 after 5; points come by step, each once", problems[3].Text);
        Assert.StartsWith("spec.colour: ", problems[4].Text, StringComparison.Ordinal);
        Assert.Equal($"run: {Run(5).Run} is there twice, in line 6 first", problems[5].Text);
        Assert.Equal("the file ends after 6 runs, and its header says 5: it was cut short or changed",
            problems[6].Text);
    }

    [Fact]
    public void A_file_that_was_cut_short_or_damaged_or_is_another_is_refused()
    {
        Assert.Equal("no such file", Assert.Single(Problems()).Text);
        RunsFile.Write(At, [.. Enumerable.Range(1, 40).Select(seed => Run(seed))]);
        var bytes = File.ReadAllBytes(At);
        File.WriteAllBytes(At, bytes[..(bytes.Length / 2)]);
        Assert.NotEmpty(Problems());
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(At, bytes);
        Assert.NotEmpty(Problems());

        foreach (var other in (string[])["\n", "run_id,sweep\n", "null", "{}", "{\"model\":1}"])
        {
            File.WriteAllText(At, other);
            Assert.Equal((1, "this is no file of finished runs, which 'lab export' writes"),
                (LineOf(Assert.Single(Problems())), Problems()[0].Text));
        }
        File.WriteAllText(At, "");
        Assert.Contains("the file is empty", Assert.Single(Problems()).Text, StringComparison.Ordinal);
        File.WriteAllText(At, "{\"scalingLabRuns\":2,\"runs\":0}");
        Assert.Contains("is of version 2", Assert.Single(Problems()).Text, StringComparison.Ordinal);
        File.WriteAllText(At, "{\"scalingLabRuns\":1,\"runs\":1}\nnull\n");
        Assert.Equal("is null where a run was expected", Assert.Single(Problems()).Text);
    }

    [Theory]
    [InlineData("", false, 1)] // a line without an end where the header should be
    [InlineData("{\"scalingLabRuns\":1,\"runs\":2147483647}\n", false, 2)] // then such a line
    [InlineData("{\"scalingLabRuns\":1,\"runs\":2147483647}\n", true, 100)] // or millions of short ones
    public void A_bomb_is_given_up_on_long_before_it_is_unpacked(string head, bool lines, int most)
    {
        using (var packed = new GZipStream(File.Create(At), CompressionLevel.Fastest))
        {
            packed.Write(Encoding.UTF8.GetBytes(head));
            var zeros = new byte[1 << 20];
            if (lines) zeros.AsSpan().Fill((byte)'\n');
            for (var i = 0; i < 300; i++) packed.Write(zeros);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problems = Problems();
        Assert.InRange(problems.Count, 1, most + 1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000_000);
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_said()
    {
        var refused =
            Assert.Throws<InputException>(() => RunsFile.Write(Path.Combine(_folder.Path, "none", "runs"), [Run(1)]));
        Assert.StartsWith("cannot be written: ", Assert.Single(refused.Problems).Text, StringComparison.Ordinal);
    }

    private List<string> Lines()
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(At), CompressionMode.Decompress), Encoding.UTF8);
        return [.. text.ReadToEnd().Split(NewLine, StringSplitOptions.RemoveEmptyEntries)];
    }

    private IReadOnlyList<Problem> Problems() => Assert.Throws<InputException>(() => RunsFile.Read(At)).Problems;

    private static int LineOf(Problem problem) =>
        int.Parse(problem.Place.Split(" line ")[1], System.Globalization.CultureInfo.InvariantCulture);

    private static FinishedRun Run(int seed, long steps = 10, MetricPoint[]? points = null)
    {
        var spec = TestLedger.Cell(seed, steps).Spec;
        return new FinishedRun
        {
            Run = spec.Id.Value,
            Attempts = 2,
            By = new ResultOrigin("node-a", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1), "cuda:1"),
            Spec = spec,
            Result = TestLedger.Result(),
            Points = points ?? [
                new MetricPoint(5, 80, 1.0 / 3, null, 0.1, 0.3, new IntervalTelemetry { TokensPerSecond = 1e6 / 7 }),
                new MetricPoint(10, 160, double.NegativeInfinity, 2.5),
            ],
        };
    }
}
