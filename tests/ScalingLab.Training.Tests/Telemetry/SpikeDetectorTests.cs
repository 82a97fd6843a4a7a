using ScalingLab.Runs;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

public sealed class SpikeDetectorTests
{
    private const int Steps = 2000;

    [Fact]
    public void A_falling_curve_with_the_noise_of_batches_has_no_spikes_in_two_hundred_thousand_steps()
    {
        long spikes = 0;
        for (var seed = 1; seed <= 100; seed++) spikes += Watched(Curve(seed, Normal)).Count;
        Assert.InRange(spikes, 0, 2); // at most one false alarm in a hundred thousand steps
    }

    [Fact]
    public void Noise_with_heavy_tails_is_rarely_taken_for_a_spike()
    {
        long spikes = 0;
        // Student's t, 8
        for (var seed = 1; seed <= 100; seed++)
            spikes += Watched(Curve(seed, r => Normal(r) / Math.Sqrt(ChiSquare(r, 8) / 8))).Count;
        Assert.InRange(spikes, 0, 200); // under one in a thousand steps
    }

    [Theory]
    [InlineData(12, 0.99)] // deviations of the noise: nearly every one, while the curve still falls steeply too
    [InlineData(10, 0.95)]
    [InlineData(8, 0.7)]
    public void A_leap_of_some_deviations_is_found_at_its_step(double deviations, double power)
    {
        var found = 0;
        const int Runs = 300;
        for (var seed = 1; seed <= Runs; seed++)
        {
            var losses = Curve(seed, Normal);
            var at = 100 + new Random(seed).Next(900);
            losses[at - 1] = Mean(at) + (deviations * Noise);
            if (Watched(losses[..at]).FirstStep == at) found++;
        }

        Assert.InRange(found / (double)Runs, power, 1);
    }

    [Fact]
    public void A_leap_that_takes_many_steps_to_heal_counts_once_and_the_next_one_again()
    {
        var losses = Curve(7, Normal);
        foreach (var start in new[] { 500, 1500 })
        {
            for (var i = 0; i < 40; i++) losses[start + i] += 2 * Math.Exp(-i / 60.0);
        }

        var detector = Watched(losses);
        Assert.Equal(2, detector.Count);
        Assert.Equal(501, detector.FirstStep);
    }

    [Fact]
    public void A_resumed_run_finds_the_spikes_that_an_unbroken_one_finds()
    {
        var losses = Curve(3, Normal);
        for (var i = 0; i < 5; i++) losses[998 + i] += 3; // over the break
        losses[1010] += 3; // judged by losses from before it
        var whole = Watched(losses);
        for (var at = 990; at < 1015; at++)
        {
            var first = new SpikeDetector();
            for (var i = 0; i < at; i++) first.Observe(i + 1, losses[i]);
            var second = new SpikeDetector(RunJson.Deserialize<SpikeProgress>(RunJson.Serialize(first.Progress)));
            for (var i = at; i < losses.Length; i++) second.Observe(i + 1, losses[i]);
            Assert.Equal((whole.Count, whole.FirstStep), (second.Count, second.FirstStep));
        }

        Assert.Equal((2, 999), (whole.Count, whole.FirstStep));
    }

    [Fact]
    public void A_loss_that_stands_still_has_no_spikes()
    {
        var still = Enumerable.Range(0, 500).Select(i => 2.5 + (i % 7 * 1e-6)).ToArray();
        Assert.Equal(0, Watched(still).Count);
    }

    private const double Noise = 0.05;

    private static double Mean(int step) => 2 + (3.5 * Math.Pow(step, -0.25));

    private static double[] Curve(int seed, Func<Random, double> noise)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, Steps).Select(step => Mean(step) + (Noise * noise(random)))];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double ChiSquare(Random random, int degrees) =>
        Enumerable.Range(0, degrees).Sum(_ => Math.Pow(Normal(random), 2));

    private static SpikeDetector Watched(double[] losses)
    {
        var detector = new SpikeDetector();
        for (var i = 0; i < losses.Length; i++) detector.Observe(i + 1, losses[i]);
        return detector;
    }
}
