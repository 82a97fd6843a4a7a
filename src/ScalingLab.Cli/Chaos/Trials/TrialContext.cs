using System.Collections.Concurrent;
using System.Diagnostics;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>How the rows are gone through.</summary>
/// <param name="Quick">Each fault once on a sweep of few runs, short waits.</param>
/// <param name="Seed">Decides every moment that is chosen at random.</param>
/// <param name="TokensPerSecond">Speed of one worker of the small model, just now.</param>
internal sealed record ChaosSettings(bool Quick, int Seed, double TokensPerSecond)
{
    /// <summary>Whether limits in seconds must hold; where other work is on the machine, they say nothing.</summary>
    public bool ChecksTimes { get; init; } = true;

    /// <summary>Runs of each sweep when quick.</summary>
    public int QuickRuns { get; init; } = 4;

    /// <summary>Undisturbed sweeps: each sort is trained once.</summary>
    public ConcurrentDictionary<ChaosSweep, Task<IReadOnlyDictionary<RunId, RunRecord>>> Undisturbed { get; } = [];
}

/// <summary>What the trials of one row are made with.</summary>
/// <param name="screen">Gets progress messages.</param>
/// <param name="home">This installation.</param>
/// <param name="count">How many.</param>
/// <param name="runs">Runs of a sweep.</param>
/// <param name="pace">How it is gone about.</param>
/// <param name="stop">Ends the trial.</param>
internal sealed class TrialContext(Screen screen, LabHome home, int count, int runs, ChaosSettings pace,
    CancellationToken stop)
    : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private readonly List<IDisposable> _made = [];
    private PostgresServer? _postgres;

    public LabHome Home => home;

    public int Count => count;

    public int Runs => runs;

    public bool Quick => pace.Quick;

    /// <summary>Whether limits in seconds must hold.</summary>
    public bool ChecksTimes => pace.ChecksTimes;

    public Random Random { get; } = new(pace.Seed);

    public CancellationToken Stop => stop;

    /// <summary>A server of this row's own.</summary>
    public PostgresServer Postgres => _postgres ??= PostgresServer.Start();

    /// <summary>Moments of a sweep, in runs completed: at random, in order, early enough that it still runs.</summary>
    public IReadOnlyList<double> Moments() =>
        [.. Enumerable.Range(0, count).Select(_ => Random.NextDouble() * Math.Max(1, runs - 4)).Order()];

    /// <summary>A folder with a sweep in it, gone at the end of the row.</summary>
    /// <param name="seconds">How long each run trains, about: at the speed that was measured here just now.</param>
    /// <param name="quick">The same where each fault is tried once only.</param>
    /// <param name="ledger">Its ledger; null is a file in its state folder.</param>
    /// <param name="model">What is trained.</param>
    public ChaosSandbox CreateSandbox(double seconds, double quick, string? ledger = null,
        string model = ChaosSweep.Small)
    {
        var tokens = (long)Math.Max(20_000, (Quick ? quick : seconds) * pace.TokensPerSecond);
        var ground = new ChaosSandbox(this, new ChaosSweep(runs, tokens) { Model = model }, ledger);
        _made.Add(ground);
        return ground;
    }

    /// <summary>For what speaks of itself beside the trials.</summary>

    public void Log(FormattableString text) => screen.Error.WriteLine($"  {FormattableString.Invariant(text)}");

    /// <summary>Waits until something is so, however slow the machine is.</summary>
    /// <param name="so">Looked at 20 times a second.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="hosts">Those that may not end meanwhile.</param>
    public async Task UntilAsync(Func<bool> so, string what, params ChaosHost[] hosts)
    {
        for (var began = Stopwatch.GetTimestamp(); !so(); await Task.Delay(PollInterval, stop))
        {
            if (hosts.FirstOrDefault(h => h.HasEnded) is { } ended)
                throw new ChaosException($"a host ended (exit code {ended.ExitCode}) before {what}: {ended}");
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(15))
                throw new ChaosException($"waited in vain for {what}: "
                    + $"{string.Join("\n---\n", hosts.Select(h => h.ToString()))}");
        }
    }

    /// <summary>What an undisturbed sweep comes to: trained once for each sort of sweep.</summary>
    public Task<IReadOnlyDictionary<RunId, RunRecord>> UndisturbedAsync(ChaosSweep sweep) =>
        pace.Undisturbed.GetOrAdd(sweep, TrainAsync);

    private async Task<IReadOnlyDictionary<RunId, RunRecord>> TrainAsync(ChaosSweep sweep)
    {
        using var ground = new ChaosSandbox(this, sweep, null);
        await ground.QueueAsync();
        using var ledger = ground.Open();
        var host = ground.Node();
        await ground.UntilEndedAsync(ledger, host);
        await host.KillAsync();
        return ledger.Records(ChaosSweep.Name).ToDictionary(r => r.Cell.Spec.Id);
    }

    public void Dispose()
    {
        foreach (var made in _made) made.Dispose();
        _postgres?.Dispose();
    }
}
