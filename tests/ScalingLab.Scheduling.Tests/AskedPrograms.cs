using System.Globalization;

namespace ScalingLab.Scheduling.Tests;

/// <summary>Programs that are asked once (<see cref="ProcessResult"/>).</summary>
public sealed class AskedPrograms
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_program_answers_with_all_that_it_says_and_gets_a_line_and_an_environment()
    {
        var answer = await ProcessResult.RunAsync("sh", ["-c", "read line; echo \"$line $WORD\"; echo no >&2; exit 3"],
            new Dictionary<string, string> { ["WORD"] = "there" }, Limit, default, "anybody");
        Assert.Equal(new ProcessResult(3, "anybody there\n", "no\n"), answer);
        Assert.Null(await ProcessResult.RunAsync("no-such-program", [], null, Limit, default));
        // It need not read what it is told.
        var deaf = await ProcessResult.RunAsync("true", [], null, Limit, default, new string('x', 1 << 20));
        Assert.Equal(0, deaf!.ExitCode);
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_ended_with_what_it_started()
    {
        using var folder = new TemporaryFolder();
        var script = $"sleep 600 & echo $! > '{folder["child"]}'; wait";
        Assert.Same(ProcessResult.TimedOut,
            await ProcessResult.RunAsync("sh", ["-c", script], null, TimeSpan.FromSeconds(2), default));
        var child = int.Parse(await File.ReadAllTextAsync(folder["child"]), CultureInfo.InvariantCulture);
        using var late = new CancellationTokenSource(Limit);
        while (LocalProcesses.Identify(child) is { } still && LocalProcesses.IsAlive(still))
            await Task.Delay(20, late.Token);

        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ProcessResult.RunAsync("sleep", ["600"], null, Limit, stop.Token));
    }

    [Fact]
    public async Task A_program_that_says_more_than_any_answer_has_is_ended() => Assert.Same(ProcessResult.TimedOut,
        await ProcessResult.RunAsync("sh", ["-c", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"], null,
            Limit, default));
}
