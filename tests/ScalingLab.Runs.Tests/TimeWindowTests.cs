using System.Globalization;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Tests;

public sealed class TimeWindowTests
{
    [Theory]
    [InlineData("08:00-18:00", "2026-01-01T20:00Z", "2026-01-02T07:30Z", 0)]
    [InlineData("08:00-18:00", "2026-01-01T16:00Z", "2026-01-02T07:30Z", 2)]
    [InlineData("08:00-18:00", "2026-01-01T16:00Z", "2026-01-03T09:00Z", 13)]
    [InlineData("20:00-08:00", "2026-01-01T21:00Z", "2026-01-01T22:30Z", 1.5)]
    [InlineData("00:00-24:00", "2026-01-01T00:00Z", "2026-01-03T00:00Z", 48)]
    [InlineData("08:00-18:00", "2026-01-02T10:00Z", "2026-01-01T10:00Z", 0)]
    public void Between_two_instants_it_is_open_for_the_sum_of_its_hours(string window, string from, string to,
        double hours) =>
        Assert.Equal(hours, TimeWindow.Parse(window).OpenBetween(At(from), At(to)).TotalHours);

    [Theory]
    [InlineData("20:00-08:00", "2026-01-01T20:00Z", true)]
    [InlineData("20:00-08:00", "2026-01-01T19:59:59Z", false)]
    [InlineData("20:00-08:00", "2026-01-02T07:59:59Z", true)]
    [InlineData("20:00-08:00", "2026-01-02T08:00Z", false)]
    [InlineData("09:00-17:30", "2026-01-02T17:29Z", true)]
    [InlineData("09:00-17:30", "2026-01-02T17:30Z", false)]
    [InlineData("00:00-24:00", "2026-01-02T23:59:59Z", true)]
    [InlineData("22:00-24:00", "2026-01-02T00:00Z", false)]
    [InlineData("20:00-08:00 Europe/Berlin", "2026-01-01T19:00Z", true)] // 20:00 there
    [InlineData("20:00-08:00 Asia/Kolkata", "2026-01-01T14:30Z", true)] // 20:00 at +05:30
    [InlineData("20:00-08:00 Asia/Kolkata", "2026-01-01T14:29Z", false)]
    [InlineData("09:00-10:00, 20:00-21:00", "2026-01-01T20:30Z", true)]
    [InlineData("09:00-10:00, 20:00-21:00", "2026-01-01T15:00Z", false)]
    public void An_instant_is_inside_from_the_opening_to_just_before_the_closing(string window, string instant,
        bool inside) =>
        Assert.Equal(inside, TimeWindow.Parse(window).Contains(At(instant)));

    [Theory]
    [InlineData("mon-fri 20:00-08:00", "2026-01-03T07:00Z", true)] // Saturday's morning is Friday's night
    [InlineData("mon-fri 20:00-08:00", "2026-01-03T20:00Z", false)] // Saturday's evening is not
    [InlineData("mon-fri 20:00-08:00", "2026-01-05T07:00Z", false)] // Monday's morning is Sunday's night
    [InlineData("mon-fri 20:00-08:00", "2026-01-05T20:00Z", true)]
    [InlineData("sat,sun 00:00-24:00", "2026-01-04T23:59Z", true)]
    [InlineData("sat,sun 00:00-24:00", "2026-01-05T00:00Z", false)]
    [InlineData("fri-mon 12:00-13:00", "2026-01-04T12:00Z", true)] // over the end of the week
    [InlineData("fri-mon 12:00-13:00", "2026-01-06T12:00Z", false)]
    [InlineData("mon-fri 20:00-08:00, sat,sun 00:00-24:00", "2026-01-03T12:00Z", true)]
    public void A_window_belongs_to_the_day_that_it_opens_on(string window, string instant, bool inside) =>
        Assert.Equal(inside, TimeWindow.Parse(window).Contains(At(instant)));

    [Theory]
    // spring: 02:30 is left out
    [InlineData("02:30-08:00 Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:00Z", "2026-03-29T06:00Z")]
    [InlineData("02:30-04:00 America/New_York", "2026-03-08T06:00Z", "2026-03-08T07:00Z", "2026-03-08T08:00Z")]
    [InlineData("20:00-08:00 Europe/Berlin", "2026-03-28T18:00Z", "2026-03-28T19:00Z", "2026-03-29T06:00Z")] // 11 hours
    [InlineData("20:00-08:00 Europe/Berlin", "2026-10-24T17:00Z", "2026-10-24T18:00Z", "2026-10-25T07:00Z")] // 13 hours
    // twice: open in both
    [InlineData("02:00-03:00 Europe/Berlin", "2026-10-24T23:00Z", "2026-10-25T00:00Z", "2026-10-25T02:00Z")]
    // half an hour's change
    [InlineData("01:30-01:45 Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T14:30Z", "2026-04-04T14:45Z")]
    public void In_the_nights_when_clocks_change_the_clock_on_the_wall_decides(string window, string from,
        string opens, string closes)
    {
        var parsed = TimeWindow.Parse(window);
        Assert.Equal(At(opens), parsed.NextOpening(At(from)));
        Assert.Equal(At(closes), parsed.NextClosing(At(opens)));
    }

    [Fact]
    public void A_quarter_of_an_hour_that_comes_twice_is_open_twice_and_closed_between()
    {
        var window = TimeWindow.Parse("02:15-02:30 Europe/Berlin");
        Assert.Equal(At("2026-10-25T00:15Z"), window.NextOpening(At("2026-10-24T12:00Z")));
        Assert.Equal(At("2026-10-25T00:30Z"), window.NextClosing(At("2026-10-25T00:15Z")));
        Assert.Equal(At("2026-10-25T01:15Z"), window.NextOpening(At("2026-10-25T00:30Z")));
    }

    [Fact]
    public void A_window_that_lies_whole_in_the_lost_hour_waits_for_its_next_day()
    {
        Assert.Equal(At("2026-03-30T00:15Z"), TimeWindow.Parse("02:15-02:45 "
            + "Europe/Berlin").NextOpening(At("2026-03-28T12:00Z")));
        Assert.Equal(At("2026-04-05T00:15Z"), TimeWindow.Parse("sun 02:15-02:45 "
            + "Europe/Berlin").NextOpening(At("2026-03-28T12:00Z")));
    }

    [Fact]
    public void Opening_and_closing_begin_with_the_instant_itself_and_a_window_that_never_closes_says_so()
    {
        var noon = At("2026-01-01T12:00:30Z");
        var window = TimeWindow.Parse("12:00-13:00");
        Assert.Equal((noon, At("2026-01-01T13:00Z")), (window.NextOpening(noon), window.NextClosing(noon)));
        Assert.Null(TimeWindow.Parse("00:00-24:00").NextClosing(noon));
        Assert.Null(TimeWindow.Parse("12:00-13:00, 13:00-12:00").NextClosing(noon));
    }

    [Theory]
    [InlineData("mon-fri 20:00-08:00, sat,sun 0:00-24:00 UTC",
        "mon,tue,wed,thu,fri 20:00-08:00 Europe/Berlin, sat,sun 00:00-24:00 UTC")]
    [InlineData("20:00-08:00", "20:00-08:00 Europe/Berlin")]
    public void Its_text_names_the_zone_and_reads_back_as_the_same_window(string window, string text)
    {
        var parsed = TimeWindow.Parse(window, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        Assert.Equal(text, parsed.ToString());
        Assert.Equal(text, TimeWindow.Parse(text).ToString());
    }

    [Theory]
    [InlineData("", 1, "is no window")]
    [InlineData("20:00", 1, "is no window")]
    [InlineData("25:00-26:00", 1, "is no window")]
    [InlineData("24:00-08:00", 1, "is no window")]
    [InlineData("08:00-08:00", 1, "the whole day is 00:00-24:00")]
    [InlineData("mon-fri", 1, "has days but no hours")]
    [InlineData("mon-someday 20:00-08:00 Middle/Earth", 2, "'mon-someday' is no day")]
    [InlineData("20:00-08:00 Middle/Earth", 1, "'Middle/Earth' is no time zone")]
    [InlineData("20:00-, nonsense 8-9", 3, "'20:00-' is no window")]
    public void What_is_no_window_is_refused_with_every_problem(string text, int problems, string first)
    {
        var refused = Assert.Throws<InputException>(() => TimeWindow.Parse(text, place: "--window"));
        Assert.Equal(problems, refused.Problems.Count);
        Assert.All(refused.Problems, p => Assert.Equal("--window", p.Place));
        Assert.Contains(first, refused.Problems[0].Text, StringComparison.Ordinal);
    }

    internal static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);
}
