using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// A <see cref="Lab"/> with a queue of runs that the dummy worker plays: one a seed, as slow and as faulty as asked.
/// </summary>
internal sealed class QueueLab : IDisposable
{
    private const int TokensAStep = 512; // of micro-28k's own recipe

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Lazy<PostgresServer> Started = new(() => PostgresServer.Start());

    private readonly List<RunningLab> _running = [];

    public QueueLab(Place place, string script = "", int stepMilliseconds = 0)
    {
        Lab.WriteText();
        Lab.Environment["SCALINGLAB_WORKER"] =
            Repository.At("artifacts/bin/ScalingLab.DummyWorker/release/ScalingLab.DummyWorker.dll");
        Lab.Environment["DUMMY_SCRIPT"] = script;
        Lab.Environment["DUMMY_STEP_MS"] = stepMilliseconds.ToString(CultureInfo.InvariantCulture);
        if (place == Place.Postgres) Lab.Environment["SCALINGLAB_LEDGER"] = Address = Started.Value.NewDatabase();
        else Address = Lab.At("home/ledger.db");
    }

    public Lab Lab { get; } = new();

    /// <summary>The ledger's place, with its password.</summary>
    public string Address { get; }

    public static PostgresServer Server => Started.Value;

    public void WriteGrid(string name, int seeds, int steps, string paths = "\"text\"") => Lab.Write("grid.json", $$"""
        { "name": "{{name}}", "question": "Who does it?",
          "data": { "corpus": "text", "paths": [{{paths}}], "tokenizer": { "kind": "bytes" } },
          "models": ["micro-28k"], "lengths": [{ "tokens": {{steps * TokensAStep}} }], "seeds": [{{string.Join(", ", Enumerable.Range(1, seeds))}}] }
        """);

    /// <summary>Runs <c>lab</c>, which must do what was asked.</summary>
    public async Task<string> DoAsync(params string[] arguments)
    {
        var answer = await Lab.RunAsync(arguments);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return answer.Out;
    }

    public async Task<JsonElement> StatusAsync()
    {
        using var json = JsonDocument.Parse(await DoAsync("status", "--json"));
        return json.RootElement.Clone();
    }

    /// <summary>Starts <c>lab</c>; it is killed at the end, should it still run.</summary>
    public RunningLab Start(params string[] arguments)
    {
        var started = Lab.Start(arguments);
        _running.Add(started);
        return started;
    }

    /// <summary>Waits until it is so in the ledger.</summary>
    public async Task UntilAsync(Func<Ledger, bool> so, string what)
    {
        using var ledger = Ledger.Open(Address);
        for (var began = Stopwatch.GetTimestamp(); !so(ledger); await Task.Delay(50))
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience,
                $"waited in vain for {what}:\n{string.Join("\n---\n", _running.Select(r => r.Said()))}");
    }

    public void Dispose()
    {
        foreach (var lab in _running) lab.End();
        Lab.Dispose();
    }
}
