using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>
/// Rounding to 8 bits against all 256 numbers of each format, made from their bits (Micikevicius et al. 2022, arXiv
/// 2209.05433, table 1).
/// </summary>
public sealed class Float8Tests
{
    private static readonly float[] E4m3 = [.. Numbers(exponentBits: 4, code => (code & 0x7f) == 0x7f)];
    private static readonly float[] E5m2 = [.. Numbers(exponentBits: 5, code => (code & 0x7c) == 0x7c)];

    [Fact]
    public void Every_number_goes_to_the_nearest_e4m3()
    {
        using var scope = NewDisposeScope();
        float[] values = [448, .. Scattered(4000, 1e-4, 448), .. E4m3, .. Halfway(E4m3)];
        Assert.Equal(values.Select(x => Nearest(E4m3, x)), Composites.e4m3(tensor(values)).data<float>().ToArray());
    }

    [Theory]
    [InlineData(1e-20f)]
    [InlineData(0.37f)]
    [InlineData(900f)]
    public void The_scale_is_the_largest_power_of_two_that_fits(float largest)
    {
        using var scope = NewDisposeScope();
        float[] values = [largest, -largest / 3, largest / 1000, 0];
        var scale = Math.ScaleB(1, (int)Math.Floor(Math.Log2(448 / largest)));
        Assert.Equal(values.Select(x => (float)(Nearest(E4m3, (float)(x * scale)) / scale)),
            Composites.e4m3(tensor(values)).data<float>().ToArray());
    }

    [Fact]
    public void What_was_rounded_fits_bfloat16_and_zeros_stay()
    {
        using var scope = NewDisposeScope();
        var rounded = Composites.e4m3(randn(64, 64));
        Assert.True(rounded.equal(rounded.to(ScalarType.BFloat16).to(ScalarType.Float32)));
        Assert.True(Composites.e4m3(randn(64, 64).to(ScalarType.BFloat16)).dtype == ScalarType.BFloat16);
        Assert.True(Composites.e4m3(zeros(3, 3)).equal(zeros(3, 3)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_is_not_hidden(float value)
    {
        using var scope = NewDisposeScope();
        Assert.True(Composites.e4m3(tensor([1f, value])).isnan().any().item<bool>());
    }

    [Fact]
    public void The_gradient_of_a_product_is_that_of_the_rounded_factors()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (randn(5, 8).detach().requires_grad_(true), randn(6, 8).detach().requires_grad_(true));
        var upstream = randn(5, 6);
        (nn.functional.linear(Composites.e4m3(x), Composites.e4m3(w)) * upstream).sum().backward();
        Assert.True(x.grad!.allclose(upstream.matmul(Composites.e4m3(w.detach())), 1e-5, 1e-6));
        Assert.True(w.grad!.allclose(upstream.transpose(0, 1).matmul(Composites.e4m3(x.detach())), 1e-5, 1e-6));
    }

    [Fact]
    public void The_gradient_of_the_loss_is_rounded_and_its_value_is_not()
    {
        using var scope = NewDisposeScope();
        const int Rows = 6;
        var logits = (randn(Rows, 50) * 4).detach().requires_grad_(true);
        var plain = logits.detach().requires_grad_(true);
        var targets = randint(50, [Rows]);
        var loss = Composites.e5m2_gradient(logits, l => Composites.cross_entropy(l, targets));
        (loss * 0.5).backward();
        var exact = Composites.cross_entropy(plain, targets);
        exact.backward();
        Assert.Equal(exact.item<float>(), loss.item<float>());
        const float Unit = 32_768 * Rows;
        Assert.Equal(
            plain.grad!.data<float>().ToArray().Select(g => Nearest(E5m2, g * Unit) / Unit * 0.5f),
            logits.grad!.data<float>().ToArray());
    }

    /// <summary>
    /// The finite numbers of a format with a sign bit, so many bits of exponent (bias half of their range) and the rest
    /// of mantissa.
    /// </summary>
    private static IEnumerable<float> Numbers(int exponentBits, Func<int, bool> isNone)
    {
        var (mantissaBits, bias) = (7 - exponentBits, (1 << (exponentBits - 1)) - 1);
        for (var code = 0; code < 256; code++)
        {
            if (isNone(code)) continue;
            var (exponent, mantissa) =
                ((code >> mantissaBits) & ((1 << exponentBits) - 1), code & ((1 << mantissaBits) - 1));
            var size = exponent == 0
                ? Math.ScaleB(mantissa, 1 - bias - mantissaBits)
                : Math.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
            yield return (float)(code < 128 ? size : -size);
        }
    }

    private static IEnumerable<float> Scattered(int count, double least, double most)
    {
        var random = new Random(5);
        for (var i = 0; i < count; i++)
            yield return (float)((random.Next(2) == 0 ? 1 : -1) * least * Math.Pow(most / least, random.NextDouble()));
    }

    private static IEnumerable<float> Halfway(float[] numbers)
    {
        var sorted = numbers.Distinct().Order().ToArray();
        return sorted.Zip(sorted.Skip(1), (a, b) => (a + b) / 2);
    }

    /// <summary>
    /// The nearest; of two as near the one whose last bit is 0, which is every second one from zero on.
    /// </summary>
    private static float Nearest(float[] numbers, float x)
    {
        var sizes = numbers.Where(n => n >= 0).Distinct().Order().ToArray();
        var size = Math.Abs(x);
        var best = Enumerable.Range(0, sizes.Length).OrderBy(i => Math.Abs((double)sizes[i] - size)).ThenBy(i => i % 2)
            .First();
        return MathF.CopySign(sizes[best], x);
    }
}
