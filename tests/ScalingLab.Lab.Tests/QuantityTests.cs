using ScalingLab.Lab.Formatting;

namespace ScalingLab.Lab.Tests;

/// <summary>Numbers in tables and sentences.</summary>
public sealed class QuantityTests
{
    [Theory]
    [InlineData(0.00125, "0.00125")]
    [InlineData(12.345, "12.3")]
    [InlineData(1234.5, "1230")]
    [InlineData(6.31e10, "6.31e10")]
    [InlineData(1e6, "1e6")]
    [InlineData(1.2e-7, "1.2e-7")]
    public void Three_digits_have_no_exponent_below_a_million(double number, string text) =>
        Assert.Equal(text, Quantity.Plain(number));

    [Theory]
    [InlineData(0, "0 rows")]
    [InlineData(1, "1 row")]
    [InlineData(12_000, "12,000 rows")]
    public void A_noun_goes_with_its_number(int count, string text) => Assert.Equal(text, Quantity.Count(count, "row"));
}
