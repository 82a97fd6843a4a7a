using ScalingLab.Cli.Consoles;
using ScalingLab.Fitting.Options;
using Spectre.Console;

namespace ScalingLab.Cli.Tests;

/// <summary>What a person who waits is told.</summary>
public sealed class LongOperationTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly StringWriter _terminal = new() { NewLine = "\n" };

    public void Dispose()
    {
        _error.Dispose();
        _terminal.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_that_is_quick_says_nothing(bool terminal)
    {
        Assert.Equal(7, await LongOperation.RunAsync(Screen(terminal), "counting", work =>
        {
            work.SetStage("by hand");
            return 7;
        }, CancellationToken.None));
        Assert.Equal(("", ""), (_error.ToString(), _terminal.ToString()));
    }

    [Fact]
    public async Task On_a_terminal_a_line_shows_what_is_done_and_is_gone_at_the_end()
    {
        var done = await LongOperation.RunAsync(Screen(true), "counting [sheep]", async work =>
        {
            work.WriteLine("data: one, two, three");
            work.Report(new FitProgress("by hand", 1200, 4000));
            await Task.Delay(TimeSpan.FromSeconds(3.5));
            return 7;
        }, CancellationToken.None);
        Assert.Equal(7, done);
        Assert.Equal("data: one, two, three\n", _error.ToString()); // told before the line moves
        Assert.Contains("counting [sheep]: by hand, 1,200 of 4,000 (", _terminal.ToString(), StringComparison.Ordinal);
        // the cursor is shown again
        Assert.EndsWith("\u001b[?25h", _terminal.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_work_throws_is_thrown() =>
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(
        () => LongOperation.RunAsync<int>(Screen(false), "counting",
            int (_) => throw new InvalidOperationException("no"), CancellationToken.None))).Message);

    [Fact]
    public async Task Work_that_does_not_hear_that_it_is_to_end_is_left_alone()
    {
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource<int>();
        var work = LongOperation.RunAsync(Screen(false), "waiting", _ => never.Task, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    private Screen Screen(bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(_terminal),
        });
        return new Screen(console, TextWriter.Null, _error, false) { ErrorTerminal = terminal ? console : null };
    }
}
