using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

public sealed class LossScalerTests
{
    [Fact]
    public void It_doubles_after_two_thousand_good_steps_in_a_row_and_halves_at_once()
    {
        var scaler = new LossScaler();
        Assert.Equal(65_536, scaler.Scale);
        Assert.True(scaler.Update(overflowed: true));
        Assert.Equal(32_768, scaler.Scale);
        for (var step = 0; step < 1999; step++) scaler.Update(overflowed: false);
        Assert.Equal(32_768, scaler.Scale);
        scaler.Update(overflowed: false);
        Assert.Equal(65_536, scaler.Scale);
        for (var step = 0; step < 1999; step++) scaler.Update(overflowed: false);
        scaler.Update(overflowed: true); // the count begins again
        for (var step = 0; step < 1999; step++) scaler.Update(overflowed: false);
        Assert.Equal(32_768, scaler.Scale);
    }

    [Fact]
    public void A_resumed_scaler_goes_on_as_the_other()
    {
        var random = new Random(4);
        var (whole, first) = (new LossScaler(), new LossScaler());
        for (var step = 0; step < 30_000; step++)
        {
            if (step == 12_345)
            {
                var resumed = new LossScaler();
                resumed.Resume(first.State);
                first = resumed;
            }

            var overflowed = random.Next(2500) == 0;
            whole.Update(overflowed);
            first.Update(overflowed);
            Assert.Equal((whole.Scale, whole.GoodSteps), (first.Scale, first.GoodSteps));
        }
    }

    [Fact]
    public void A_gradient_that_overflows_unscaled_ends_the_run()
    {
        var scaler = new LossScaler();
        for (var halving = 0; halving < 16; halving++) Assert.True(scaler.Update(overflowed: true));
        Assert.Equal(1, scaler.Scale);
        Assert.False(scaler.Update(overflowed: true));
    }

    [Fact]
    public void Taking_the_scale_out_again_is_exact()
    {
        var scaler = new LossScaler();
        var random = new Random(2);
        for (var i = 0; i < 1000; i++)
        {
            var value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-10, 4)));
            Assert.Equal(value, (float)(value * scaler.Scale) * (float)(1 / scaler.Scale));
        }
    }
}
