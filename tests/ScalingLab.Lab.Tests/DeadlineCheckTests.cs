using System.Globalization;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Planning;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Tests;

/// <summary>A window and a deadline that leave no time, or too little, are seen before anything is queued.</summary>
public class DeadlineCheckTests
{
    [Theory]
    [InlineData("08:00-18:00", "2026-01-01T20:00Z", "2026-01-02T07:30Z", true)]
    [InlineData("08:00-18:00", "2026-01-01T12:00Z", "2026-01-02T07:30Z", false)] // six hours are left today
    [InlineData("20:00-08:00", "2026-01-01T19:00Z", "2026-01-02T07:30Z", false)]
    [InlineData(null, "2026-01-01T19:00Z", "2026-01-02T07:30Z", false)]
    [InlineData(null, "2026-01-02T19:00Z", "2026-01-02T07:30Z", true)]
    public void A_deadline_before_the_window_opens_lets_nothing_start(string? window, string now, string deadline,
        bool impossible)
    {
        var foresight = DeadlineCheck.For(Settings(window, deadline), TimeEstimate.Unknown, 2, At(now));
        Assert.Equal(impossible, foresight.Impossible is not null);
        Assert.Null(foresight.Advice);
    }

    [Fact]
    public void Both_times_are_named() => Assert.Equal(
        ("--deadline", true, true),
        DeadlineCheck.For(Settings("08:00-18:00", "2026-01-02T07:30Z"), TimeEstimate.Unknown, 2,
            At("2026-01-01T20:00Z")).Impossible is { } problem
            ? (problem.Place,
                problem.Text.Contains(ScheduleFormat.LocalTime(At("2026-01-02T07:30Z")), StringComparison.Ordinal),
                problem.Text.Contains(ScheduleFormat.LocalTime(At("2026-01-02T08:00Z")), StringComparison.Ordinal))
            : default);

    [Fact]
    public void Work_that_does_not_fit_is_advice_as_long_as_a_run_fits()
    {
        var settings = Settings("20:00-08:00", "2026-01-02T00:00Z"); // four hours
        var part = DeadlineCheck.For(settings, Estimate(wall: 5, shortest: 1), 2, At("2026-01-01T12:00Z"));
        Assert.Null(part.Impossible);
        Assert.StartsWith("about 5 h", part.Advice, StringComparison.Ordinal);
        Assert.Contains("4 h", part.Advice, StringComparison.Ordinal);

        var none = DeadlineCheck.For(settings, Estimate(wall: 5, shortest: 4.5), 2, At("2026-01-01T12:00Z"));
        Assert.Contains("even the shortest run takes about 4 h 30 min", none.Impossible!.Text,
            StringComparison.Ordinal);

        Assert.Equal(new DeadlineCheck(null, null),
            DeadlineCheck.For(settings, Estimate(wall: 3, shortest: 1), 2, At("2026-01-01T12:00Z")));
        Assert.Equal(new DeadlineCheck(null, null),
            DeadlineCheck.For(Settings("20:00-08:00", null), Estimate(wall: 300, shortest: 100), 2,
                At("2026-01-01T12:00Z")));
    }

    private static TimeEstimate Estimate(double wall, double shortest) =>
        new(TimeSpan.FromHours(wall), 1, 0) { Shortest = TimeSpan.FromHours(shortest) };

    private static SweepSettings Settings(string? window, string? deadline) =>
        new() { Window = window, Deadline = deadline is null ? null : At(deadline) };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
