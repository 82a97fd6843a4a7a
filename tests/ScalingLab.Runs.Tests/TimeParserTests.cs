using ScalingLab.Runs.Parsing;
using static ScalingLab.Runs.Tests.TimeWindowTests;

namespace ScalingLab.Runs.Tests;

public sealed class TimeParserTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("07:30", "2026-01-01T20:00Z", "2026-01-02T06:30Z")] // tomorrow
    [InlineData("7:30", "2026-01-01T05:00Z", "2026-01-01T06:30Z")] // still today
    [InlineData("07:30", "2026-01-01T06:30Z", "2026-01-02T06:30Z")] // now is not next
    [InlineData("02:30", "2026-03-28T20:00Z", "2026-03-29T01:00Z")] // left out: the next instant there is
    [InlineData("02:30", "2026-10-24T20:00Z", "2026-10-25T00:30Z")] // twice: the first
    [InlineData("2026-02-01T07:30", "2026-01-01T20:00Z", "2026-02-01T06:30Z")]
    [InlineData("2026-02-01 07:30", "2026-01-01T20:00Z", "2026-02-01T06:30Z")]
    [InlineData("2026-02-01T07:30Z", "2026-01-01T20:00Z", "2026-02-01T07:30Z")]
    [InlineData("2026-02-01T07:30-05:00", "2026-01-01T20:00Z", "2026-02-01T12:30Z")]
    public void A_time_of_day_is_the_next_one_and_a_date_is_that_date(string text, string now, string moment) =>
        Assert.Equal(At(moment), TimeParser.ParseMoment(text, At(now), Berlin, "--deadline"));

    [Theory]
    [InlineData("2025-01-01T07:30Z", "is over")]
    [InlineData("tomorrow", "is no time")]
    [InlineData("25:00", "is no time")]
    public void What_is_no_time_or_over_is_refused(string text, string why) => Assert.Contains(
        why, Assert.Throws<InputException>(() =>
            TimeParser.ParseMoment(text, At("2026-01-01T20:00Z"), Berlin, "--until")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("90m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("2d", 172800)]
    public void Durations_are_a_number_and_a_unit(string text, double seconds) =>
        Assert.Equal(seconds, TimeParser.ParseDuration(text, "--for").TotalSeconds);

    [Theory]
    [InlineData("4")]
    [InlineData("h")]
    [InlineData("-4h")]
    [InlineData("0h")]
    [InlineData("1e9d")]
    [InlineData("99999999d")]
    public void What_is_no_duration_is_refused(string text) =>
        Assert.Throws<InputException>(() => TimeParser.ParseDuration(text, "--for"));
}
