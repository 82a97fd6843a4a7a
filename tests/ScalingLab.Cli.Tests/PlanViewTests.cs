using System.CommandLine;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Planning;

namespace ScalingLab.Cli.Tests;

/// <summary>What a plan says of money and of seeds.</summary>
public sealed class PlanViewTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(null, 0, "Estimated price: not claimed, since the time is not (list price).")]
    [InlineData(1.5, 0, "Estimated price: 3.75 EUR for 1 h 30 min of device time (list price).")]
    [InlineData(null, 1, null)] // all is finished, and costs nothing more
    public async Task A_price_is_estimated_where_the_time_is(double? hours, int finished, string? line)
    {
        var file =
            _lab.Write("grid.json", """{ "name": "one", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }] }""");
        var data = new DataIdentity("c", new string('0', 64), new string('1', 64), 0.05);
        var sweep = GridExpansion.Expand(new GridRequest(file, AnyPath: false, []).Read(), data, 1024);
        TimeSpan? time = hours is { } h ? TimeSpan.FromHours(h) : null;
        var answer = await _lab.SayAsync(screen => Showing(() => PlanView.Show(
            screen, Plan.Create(sweep, 1_000_000), new PlanForecast(
                new TimeEstimate(time, 1, finished) { DeviceTime = time }, 1,
                new ComputePrice("list price", "EUR") { PerDeviceHour = 2.5 }), "fused")), ["show"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        Assert.Equal(line,
            answer.Out.Split('\n').Select(l => l.TrimEnd())
            .FirstOrDefault(l => l.StartsWith("Estimated price", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1,2", 1, 2)]
    [InlineData("1-3", 1, 2, 3)]
    [InlineData("3,2,1", 3, 2, 1)]
    [InlineData("0,5-8,1,2,10", 0, 5, 6, 7, 8, 1, 2, 10)]
    [InlineData("2147483645-2147483647,0", 2147483645, 2147483646, 2147483647, 0)]
    public void Seeds_that_follow_one_another_are_a_range(string words, params int[] seeds) =>
        Assert.Equal(words, PlanView.Seeds(seeds));

    [Fact]
    public async Task A_row_with_fifty_seeds_is_no_wider_than_its_heading()
    {
        var file = _lab.Write("grid.json", $$"""
            { "name": "one", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }],
              "seeds": [{{string.Join(',', Enumerable.Range(1, 50))}}] }
            """);
        var data = new DataIdentity("c", new string('0', 64), new string('1', 64), 0.05);
        var sweep = GridExpansion.Expand(new GridRequest(file, AnyPath: false, []).Read(), data, 1024);
        var answer = await _lab.SayAsync(screen => Showing(() => PlanView.Show(
            screen, Plan.Create(sweep, 1_000_000), new PlanForecast(new TimeEstimate(null, 0, 0), 1, null), "fused")), ["show"]);
        Assert.Contains("|  1-50 |", answer.Out, StringComparison.Ordinal);
    }

    private static Command Showing(Action show)
    {
        var command = new Command("show");
        command.SetAction(_ => show());
        return command;
    }
}
