using ScalingLab.Runs;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class LearningRateScheduleTests
{
    private static readonly TrainingRecipe Recipe = new()
    {
        BatchSequences = 1, LearningRateMax = 0.5, WarmupFraction = 0.1, LearningRateFinalFraction = 0.1,
    };

    [Fact]
    public void It_rises_in_a_line_to_the_maximum_over_the_warm_up()
    {
        Assert.Equal([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5],
            Enumerable.Range(0, 10).Select(step => Math.Round(LearningRateSchedule.At(Recipe, step, 100), 12)));
    }

    [Fact]
    public void Its_last_step_is_exactly_the_final_fraction_whatever_the_length()
    {
        foreach (var steps in new long[] { 1, 2, 7, 100, 12345 })
            Assert.Equal(0.05, LearningRateSchedule.At(Recipe, steps - 1, steps), 12);
    }

    [Fact]
    public void It_never_rises_after_the_warm_up_and_is_half_way_in_the_middle()
    {
        var rates = Enumerable.Range(9, 91).Select(step => LearningRateSchedule.At(Recipe, step, 100)).ToList();
        Assert.All(rates.Zip(rates.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
        Assert.Equal(0.5 * (0.5 + 0.05), LearningRateSchedule.At(Recipe, 54, 100), 12);
    }

    [Fact]
    public void The_cosine_of_old_recipes_keeps_its_bits()
    {
        foreach (var steps in new long[] { 7, 100, 977 })
        {
            for (long step = 0; step < steps; step++)
            {
                // As it was written before there were others.
                var warmup = (long)Math.Round(0.1 * steps);
                var progress = (step + 1.0 - warmup) / (steps - warmup);
                var expected = step < warmup ? 0.5 * (step + 1) / warmup
                    : 0.5 * (0.1 + ((1 - 0.1) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
                Assert.Equal(expected, LearningRateSchedule.At(Recipe, step, steps));
            }
        }
    }

    [Fact]
    public void A_line_falls_by_the_same_amount_each_step_to_its_end()
    {
        var recipe = Recipe with { Schedule = ScheduleKind.Linear, LearningRateFinalFraction = 0 };
        var rates = Rates(recipe, 100);
        Assert.All(rates.Skip(9).Zip(rates.Skip(10)), pair => Assert.Equal(0.5 / 90, pair.First - pair.Second, 12));
        Assert.Equal(0, rates[99]);
    }

    [Theory]
    [InlineData(CooldownKind.Linear)]
    [InlineData(CooldownKind.Sqrt)]
    public void A_warm_up_stable_decay_run_is_at_its_maximum_until_the_cooldown_and_ends_at_its_final_fraction(
        CooldownKind cooldown)
    {
        var recipe = Recipe with { Schedule = ScheduleKind.Wsd, Cooldown = cooldown, CooldownFraction = 0.25 };
        var rates = Rates(recipe, 200);
        Assert.Equal(150, LearningRateSchedule.CooldownStart(recipe, 200));
        Assert.All(rates[19..150], rate => Assert.Equal(0.5, rate));
        for (var n = 151; n <= 200; n++)
        {
            var p = (n - 150) / 50.0; // Hägele et al. 2024, section 3: 1 - p or 1 - sqrt(p) of the last steps
            var share = cooldown == CooldownKind.Linear ? 1 - p : 1 - Math.Sqrt(p);
            Assert.Equal(0.5 * (0.1 + (0.9 * share)), rates[n - 1], 12);
        }

        Assert.All(rates[149..].Zip(rates[150..]), pair => Assert.True(pair.Second < pair.First));
        Assert.Equal(0.5 * 0.1, rates[^1]);
    }

    [Fact]
    public void A_cooldown_that_would_begin_within_the_warm_up_begins_after_it()
    {
        var recipe = Recipe with { Schedule = ScheduleKind.Wsd, CooldownFraction = 1, LearningRateFinalFraction = 0 };
        var rates = Rates(recipe, 100);
        Assert.Equal(0.5, rates[9]);
        Assert.Equal(0, rates[99]);
        Assert.All(rates[9..].Zip(rates[10..]), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public void A_run_without_cooldown_stays_at_its_maximum_as_a_constant_one_does()
    {
        var wsd = Rates(Recipe with { Schedule = ScheduleKind.Wsd, CooldownFraction = 0 }, 100);
        Assert.Equal(Rates(Recipe with { Schedule = ScheduleKind.Constant }, 100), wsd);
        Assert.All(wsd[9..], rate => Assert.Equal(0.5, rate));
    }

    [Fact]
    public void The_inverse_square_root_is_that_of_the_transformers_paper()
    {
        // Vaswani et al. 2017, eq. 3: c min(n^-0.5, n warmup^-1.5), c such that the maximum is 0.5.
        var rates = Rates(Recipe with { Schedule = ScheduleKind.InverseSqrt }, 100);
        for (var n = 1; n <= 100; n++)
            Assert.Equal(0.5 * Math.Sqrt(10) * Math.Min(Math.Pow(n, -0.5), n * Math.Pow(10, -1.5)), rates[n - 1], 12);
        var without = Rates(Recipe with { Schedule = ScheduleKind.InverseSqrt, WarmupFraction = 0 }, 9);
        Assert.Equal(0.5, without[0]);
        Assert.Equal(0.5 / 3, without[8], 12);
    }

    [Theory]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.Linear)]
    public void A_cycle_longer_than_the_run_is_the_beginning_of_a_longer_runs(ScheduleKind schedule)
    {
        var recipe = Recipe with { Schedule = schedule, WarmupSteps = 10 };
        Assert.Equal(Rates(recipe, 150)[..100], Rates(recipe with { Cycle = 1.5 }, 100));
    }

    [Fact]
    public void A_warm_up_given_in_steps_replaces_the_share()
    {
        var recipe = Recipe with { WarmupSteps = 4 };
        Assert.Equal([0.125, 0.25, 0.375, 0.5], Rates(recipe, 1000)[..4]);
        Assert.Equal(Rates(Recipe with { WarmupSteps = 10 }, 100), Rates(Recipe, 100));
        Assert.Equal(0.5, Rates(recipe with { WarmupSteps = 0, Schedule = ScheduleKind.Constant }, 3)[0]);
    }

    [Theory]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.Linear)]
    [InlineData(ScheduleKind.Wsd)]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.InverseSqrt)]
    public void Every_schedule_rises_to_its_maximum_and_never_again(ScheduleKind schedule)
    {
        foreach (var steps in new[] { 1, 2, 3, 10, 333 })
        {
            var rates = Rates(Recipe with { Schedule = schedule, WarmupFraction = 0.3 }, steps);
            var top = Array.IndexOf(rates, rates.Max());
            Assert.All(rates[..top].Zip(rates[1..(top + 1)]), pair => Assert.True(pair.First < pair.Second));
            Assert.All(rates[top..^1].Zip(rates[(top + 1)..]), pair => Assert.True(pair.Second <= pair.First));
            Assert.All(rates, rate => Assert.InRange(rate, 0, 0.5));
        }
    }

    private static double[] Rates(TrainingRecipe recipe, int steps) =>
        [.. Enumerable.Range(0, steps).Select(step => LearningRateSchedule.At(recipe, step, steps))];
}
