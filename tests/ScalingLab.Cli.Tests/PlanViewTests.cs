using System.CommandLine;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Tests;

/// <summary>What a plan says of money.</summary>
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
        var file = _lab.Write("grid.json", """{ "name": "one", "models": ["micro-28k"], "lengths": [{ "tokens": 60000 }] }""");
        var data = new DataIdentity("c", new string('0', 64), new string('1', 64), 0.05);
        var sweep = SweepGrid.Expand(new GivenGrid(file, AnyPath: false, []).Read(), data, 1024);
        TimeSpan? time = hours is { } h ? TimeSpan.FromHours(h) : null;
        var answer = await _lab.SayAsync(screen => Showing(() => PlanView.Show(
            screen, Plan.Of(sweep, 1_000_000), new TimeEstimate(time, 1, finished) { DeviceTime = time }, 1,
            new ComputePrice("list price", "EUR") { PerDeviceHour = 2.5 }, "fused")), ["show"]);
        Assert.True(answer.ExitCode == Door.Done, answer.ToString());
        Assert.Equal(line, answer.Out.Split('\n').Select(l => l.TrimEnd()).FirstOrDefault(l => l.StartsWith("Estimated price", StringComparison.Ordinal)));
    }

    private static Command Showing(Action show)
    {
        var command = new Command("show");
        command.SetAction(_ => show());
        return command;
    }
}
