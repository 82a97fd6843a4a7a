using System.Text;
using ScalingLab.Reporting.TensorBoard;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>Curves as TensorBoard reads them.</summary>
public sealed class TensorBoardTests
{
    private static readonly DateTimeOffset Began = new(2026, 11, 30, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_check_is_that_of_RFC_3720_and_masked()
    {
        Assert.Equal(0xE3069283, TfRecords.Crc32C("123456789"u8)); // as crc catalogues have it
        Assert.Equal(0x8A9136AA, TfRecords.Crc32C(new byte[32])); // RFC 3720, B.4
        var empty = TfRecords.Read(Framed([]));
        Assert.Empty(Assert.Single(empty).ToArray());
        foreach (var text in new[] { "1", "123456789", new string('x', 1000) })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal(bytes, Assert.Single(TfRecords.Read(Framed(bytes))).ToArray());
            var damaged = Framed(bytes);
            damaged[12] ^= 1;
            Assert.Throws<InvalidDataException>(() => TfRecords.Read(damaged));
        }

        static byte[] Framed(byte[] bytes)
        {
            var length = BitConverter.GetBytes((ulong)bytes.Length);
            return [.. length, .. BitConverter.GetBytes(EventFile.MaskedCrc(length)), .. bytes,
                .. BitConverter.GetBytes(EventFile.MaskedCrc(bytes))];
        }
    }

    [Fact]
    public void Each_point_is_an_event_with_what_it_says_by_step_and_time()
    {
        MetricPoint[] points =
        [
            new(10, 1000, LossTrain: 5.5, LearningRate: 0.001, GradientNorm: 1.5,
                Telemetry: new IntervalTelemetry { TokensPerSecond = 100 }),
            new(300, 30_000, LossTrain: double.NaN, LossValidation: 4.25),
            new(301, 5_000_000_000, LossTrain: -1,
                Telemetry: new IntervalTelemetry { TokensPerSecond = 1e9 }),
        ];
        var events = TfRecords.Read(EventFile.Write(Began, CurveEvents.From(Began, points)))
            .ConvertAll(record => ProtobufField.Read(record));
        Assert.Equal("brain.Event:2", events[0].Single(f => f.Number == 3).Text);
        Assert.Equal(
            [
                "0 0:", "10 10: loss/train=5.5 lr=0.001 grad_norm=1.5 tokens=1000",
                "300 10: loss/train=NaN loss/val=4.25 tokens=30000", "301 14.999: loss/train=-1 tokens=5E+09",
            ],
            events.Select(Words));
    }

    [Fact]
    public async Task Each_run_has_a_folder_of_its_words_and_its_id_and_the_same_points_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var cell = new SweepCell(TinyCell.Create(1).Spec, "3x64/../é", null, [new RecipeChoice("positions", "rotary")]);
        await CurveEvents.WriteAsync(folder.Path, cell, Began, [new MetricPoint(1, 16, 5)], default);
        var made = Assert.Single(Directory.GetDirectories(folder.Path));
        Assert.Matches($"^3x64_.._._[0-9.e_]+tokens_positions=rotary_seed_1-{cell.Spec.Id}$", Path.GetFileName(made));
        var file = Assert.Single(Directory.GetFiles(made));
        Assert.Contains("tfevents", Path.GetFileName(file), StringComparison.Ordinal);
        var before = await File.ReadAllBytesAsync(file);
        await CurveEvents.WriteAsync(folder.Path, cell, Began, [new MetricPoint(1, 16, 5)], default);
        Assert.Equal(before, await File.ReadAllBytesAsync(file));
    }

    private static string Words(List<ProtobufField> happened)
    {
        var seconds = happened.Single(f => f.Number == 1).Double - Began.ToUnixTimeSeconds();
        var step = happened.SingleOrDefault(f => f.Number == 2)?.Value ?? 0;
        var values = happened.Where(f => f.Number == 5).SelectMany(summary => summary.Inner(1))
            .Select(value => FormattableString.Invariant(
                $" {value.Inner(1).Single().Text}={value.Inner(2).Single().Single}"));
        return FormattableString.Invariant($"{step} {Math.Round(seconds, 3)}:{string.Concat(values)}");
    }
}
