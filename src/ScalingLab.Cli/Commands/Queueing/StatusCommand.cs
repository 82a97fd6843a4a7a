using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Cli.Views;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Forecasts;
using ScalingLab.Store;
using ScalingLab.Store.Storage;
using Spectre.Console;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary>
/// <c>lab status [SWEEP] [--watch] [--json]</c>: sweeps, running attempts, nodes, and what died of what.
/// </summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions Indented = new(RunJson.Options) { WriteIndented = true };
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create(Screen screen, LabHome home)
    {
        var sweep =
            new Argument<string?>("SWEEP")
            { Description = "Only this sweep; all unless given", Arity = ArgumentArity.ZeroOrOne };
        var json =
            new Option<bool>("--json")
            { Description = "JSON on standard output instead of tables; with --watch a line whenever it changes" };
        var watch = new Option<bool>("--watch") { Description = "Go on showing it, each second, until Ctrl-C" };
        var place = LedgerOption.Create();
        var command =
            new Command("status", "Say where every sweep, node and running attempt stands, and what died of what")
            { sweep, json, watch, place };
        command.SetAction(async (parsed, stop) =>
        {
            var (from, only, asJson) =
                (LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetValue(sweep), parsed.GetValue(json));
            return parsed.GetValue(watch) ? await WatchAsync(screen, from, only, asJson, stop)
                : Run(screen, from, only, asJson);
        });
        return command;
    }

    private static int Run(Screen screen, string place, string? only, bool json)
    {
        // Looking must not make a ledger.
        using var ledger = Ledger.OpenIfThere(place);
        var status = ledger is null ? ReadNothing(place, only) : Read(ledger, only);
        if (json) screen.Out.WriteLine(JsonSerializer.Serialize(status, Indented));
        else if (status.Sweeps.Count == 0) screen.Console.WriteLine(TerminalText.Escape(EmptyMessage(status)));
        else screen.Console.Write(StatusView.Render(status, Border(screen)));
        return CliHost.Success;
    }

    private static async Task<int> WatchAsync(Screen screen, string place, string? only, bool json,
        CancellationToken stop)
    {
        using var ledger = Ledger.OpenIfThere(place)
            ?? throw new InputException("--ledger", $"there is no ledger {LedgerLocation.Redacted(place)} yet: "
                + $"{ExistingLedger.HowToCreate}");
        var ahead = new CachedForecast();
        Read(ledger, only, ahead.Get); // a name that is wrong is said, not watched
        try
        {
            if (screen.IsTerminal && !json) await DrawAsync(screen, ledger, only, ahead, stop);
            else await PrintAsync(screen, ledger, only, json, ahead, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Enough seen.
        }
        return CliHost.Success;
    }

    private static async Task DrawAsync(Screen screen, Ledger ledger, string? only, CachedForecast ahead,
        CancellationToken stop) =>
        await screen.Console.Live(new Text("")).StartAsync(async live =>
        {
            while (true)
            {
                live.UpdateTarget(Try(
                    () => StatusView.Render(Read(ledger, only, ahead.Get), Border(screen)),
                    e => new Text(TerminalText.Escape(e))));
                await Task.Delay(Interval, stop);
            }
        });

    private static async Task PrintAsync(
        Screen screen, Ledger ledger, string? only, bool json, CachedForecast ahead, CancellationToken stop)
    {
        for (var said = ""; ; await Task.Delay(Interval, stop))
        {
            var (status, trouble) = Try<(QueueStatus?, string)>(
                () => (Read(ledger, only, ahead.Get), ""), e => (null, e));
            var now = status is null ? trouble : RunJson.Serialize(WithoutClock(status));
            if (now == said) continue;
            said = now;
            if (status is null) screen.Error.WriteLine($"lab: {trouble}");
            else if (json) screen.Out.WriteLine(RunJson.Serialize(status));
            else screen.Console.Write(StatusView.Render(status, Border(screen)));
            screen.Out.Flush();
        }
    }

    // What a clock alone changes is no change.
    private static QueueStatus WithoutClock(QueueStatus status) => status with
    {
        Now = default,
        Sweeps = [.. status.Sweeps.Select(s => s with { EndsAbout = null })],
        Nodes = [.. status.Nodes.Select(n => n with { HeardSecondsAgo = 0, ClockAheadSeconds = 0 })],
        Running = [.. status.Running.Select(r => r with { Seconds = null })],
    };

    private static QueueStatus Read(Ledger ledger, string? only, Func<Ledger, QueueForecast>? ahead = null)
    {
        var status = QueueStatus.Read(ledger, only, ahead);
        return only is null || status.Sweeps.Count > 0 ? status
            : throw UnknownSweep(only, string.Join(", ", ledger.Sweeps().Select(s => s.Name)));
    }

    /// <summary>The status where there is no ledger yet.</summary>
    private static QueueStatus ReadNothing(string place, string? only) => only is null
        ? new QueueStatus(LedgerLocation.Redacted(place), TimeProvider.System.GetUtcNow(), [], [], [], [])
        : throw UnknownSweep(only, "");

    private static InputException UnknownSweep(string name, string known) =>
        new("SWEEP", $"no sweep is called '{name}' (known: {(known.Length > 0 ? known : "none yet")})");

    private static T Try<T>(Func<T> read, Func<string, T> otherwise)
    {
        try
        {
            return read();
        }
        catch (DbException e) when (e is not LedgerException { IsPermanent: true })
        {
            return otherwise($"the ledger cannot be read just now ({e.Message}); trying again");
        }
    }

    /// <summary>
    /// A forecast that is made anew every few seconds: less often than everything else is looked at, for it takes more.
    /// </summary>
    private sealed class CachedForecast
    {
        private const double ShareOfTime = 0.05;
        private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);

        private QueueForecast? _latest;
        private long _madeAt;
        private TimeSpan _took;

        public QueueForecast Get(Ledger ledger)
        {
            var wait = _took / ShareOfTime > Least ? _took / ShareOfTime : Least;
            if (_latest is not null && Stopwatch.GetElapsedTime(_madeAt) < wait) return _latest;
            var began = Stopwatch.GetTimestamp();
            _latest = QueueForecast.Read(ledger);
            (_madeAt, _took) = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
            return _latest;
        }
    }

    private static string EmptyMessage(QueueStatus status) =>
        $"No sweep yet in {status.Ledger}: {ExistingLedger.HowToCreate}.";

    private static TableBorder Border(Screen screen) => screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii;
}
