using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Data.Datasets;
using ScalingLab.Fitting.Options;
using ScalingLab.Lab.Formatting;
using Spectre.Console;

namespace ScalingLab.Cli.Consoles;

/// <summary>
/// Work that may take long. What ends within two seconds says nothing; from then on a terminal shows a line that moves,
/// and a log gets a line every ten seconds, with what is done just now and since when. All of it is on standard error.
/// Work that does not hear that it is to end is left alone a second later: it ends with the process.
/// </summary>
internal sealed class LongOperation : IProgress<FitProgress>
{
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Screen _screen;
    private readonly string _what;
    private readonly CancellationToken _stop;
    private volatile string _stage = "";

    private LongOperation(Screen screen, string what, CancellationToken stop) =>
        (_screen, _what, _stop) = (screen, what, stop);

    /// <summary>Does it on another thread, and returns what it gives or throws.</summary>
    /// <param name="screen">Who waits.</param>
    /// <param name="what">What is done, in words: "fitting 240 rows".</param>
    /// <param name="work">The work.</param>
    /// <param name="stop">Ends it early.</param>
    public static Task<T> RunAsync<T>(Screen screen, string what, Func<LongOperation, T> work,
        CancellationToken stop) =>
        RunAsync(screen, what, said => Task.FromResult(work(said)), stop);

    /// <inheritdoc cref="RunAsync{T}(Screen, string, Func{LongOperation, T}, CancellationToken)"/>
    public static async Task<T> RunAsync<T>(Screen screen, string what, Func<LongOperation, Task<T>> work,
        CancellationToken stop)
    {
        var said = new LongOperation(screen, what, stop);
        var doing = Task.Run(() => work(said), CancellationToken.None);
        await said.WatchAsync(doing, screen.Error.WriteLine, () => Stopwatch.GetElapsedTime(said._began) < QuietPeriod);
        if (!doing.IsCompleted && screen.ErrorTerminal is { } moving)
        {
            await moving.Status()
                .StartAsync(Markup.Escape(said.Line),
                    context => said.WatchAsync(doing, line => moving.MarkupLine(Markup.Escape(line)), () =>
            {
                context.Status(Markup.Escape(said.Line));
                return true;
            }));
        }
        else if (!doing.IsCompleted)
        {
            var next = LogInterval;
            await said.WatchAsync(doing, screen.Error.WriteLine, () =>
            {
                if (Stopwatch.GetElapsedTime(said._began) < next) return true;
                next += LogInterval;
                screen.Error.WriteLine($"lab: {said.Line}");
                return true;
            });
        }

        return await doing;
    }

    /// <summary>What is done just now.</summary>
    public void SetStage(string stage) => _stage = stage;

    /// <summary>The same, and a line of its own that stays.</summary>
    public void WriteLine(string stage)
    {
        _stage = stage;
        if (_screen.ErrorTerminal is null) _screen.Error.WriteLine(stage);
        else _lines.Enqueue(stage);
    }

    /// <inheritdoc/>
    public void Report(FitProgress value) => _stage = value.Pieces == 0
        ? value.Part
        : string.Create(CultureInfo.InvariantCulture, $"{value.Part}, {value.Done:N0} of {value.Pieces:N0}");

    private string Line =>
        $"{_what}{(_stage.Length > 0 ? $": {_stage}" : "")} ({Quantity.Duration(Stopwatch.GetElapsedTime(_began))})";

    private async Task WatchAsync(Task doing, Action<string> say, Func<bool> tick)
    {
        do
        {
            await Task.WhenAny(doing, Task.Delay(Refresh, CancellationToken.None));
            while (_lines.TryDequeue(out var line)) say(line);
            if (_stop.IsCancellationRequested) await AbandonAsync(doing);
        }
        while (!doing.IsCompleted && tick());
    }

    private async Task AbandonAsync(Task doing)
    {
        await Task.WhenAny(doing, Task.Delay(GracePeriod, CancellationToken.None));
        if (doing.IsCompleted) return;
        DataPreparation.RemoveUnfinished();
        throw new OperationCanceledException(_stop);
    }
}
