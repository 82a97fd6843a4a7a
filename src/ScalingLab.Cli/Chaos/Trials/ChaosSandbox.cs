using System.Diagnostics;
using System.Globalization;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling;
using ScalingLab.Store;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>A folder of its own: a grid, a text, a state folder, a ledger, and the real <c>lab</c> in it.</summary>
internal sealed class ChaosSandbox : IDisposable
{
    private static readonly string[] Trains = ["run", "node", "serve", "attempt"];

    private readonly TrialContext _trials;
    private readonly List<ChaosHost> _hosts = [];

    /// <param name="trials">The row.</param>
    /// <param name="sweep">What is trained.</param>
    /// <param name="ledger">Where the ledger is; null is a file in the state folder.</param>
    public ChaosSandbox(TrialContext trials, ChaosSweep sweep, string? ledger)
    {
        (_trials, Sweep) = (trials, sweep);
        Folder = Directory.CreateTempSubdirectory("lab-chaos-").FullName;
        State = Path.Combine(Folder, "state");
        Place = ledger ?? Path.Combine(State, "ledger.db");
        sweep.Write(Folder);
    }

    public ChaosSweep Sweep { get; }

    public string Folder { get; }

    public string State { get; set; }

    public string Place { get; set; }

    /// <summary>Variables beside those of this process.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public Ledger Open() => Ledger.Open(Place);

    public string Checkpoints(RunId run) => Path.Combine(State, "checkpoints", run.Value);

    /// <summary>One a run that has trained.</summary>
    public IReadOnlyList<string> CheckpointFolders() =>
        Directory.Exists(Path.Combine(State, "checkpoints"))
        ? Directory.GetDirectories(Path.Combine(State, "checkpoints")) : [];

    /// <summary>Runs <c>lab</c> to its end.</summary>
    public async Task<ProcessResult> LabAsync(params string[] arguments)
    {
        using var host = Start(Folder, null, false, arguments);
        await host.EndAsync(_trials.Stop);
        return new ProcessResult(host.ExitCode, "", host.ToString());
    }

    /// <summary>Puts the sweep into the queue.</summary>
    public async Task QueueAsync(params string[] more)
    {
        var answer = await LabAsync(["queue", "grid.json", "--out", "results", .. more]);
        if (answer.ExitCode != CliHost.Success)
            throw new ChaosException($"lab queue ended with {answer.ExitCode}: {answer.Error}");
    }

    /// <summary>Starts a node.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slots">Workers at a time.</param>
    /// <param name="machine">Whether it has a space of process ids of its own, as another machine has.</param>
    /// <param name="state">A state folder of its own.</param>
    /// <param name="before">A program that starts it, with its arguments.</param>
    public ChaosHost Node(string name = "a", int slots = 2, bool machine = false, string? state = null,
        params string[] before) => Start(
        Folder, state, machine,
        ["node", "--name", name, "--slots", slots.ToString(CultureInfo.InvariantCulture), "--devices", "cpu"], before);

    /// <summary>Starts <c>lab</c>.</summary>
    public ChaosHost Start(string folder, string? state, bool machine, string[] arguments, params string[] before)
    {
        string[] line =
        [
            .. machine ? ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] : (string[])[], .. before,
            WorkerPrograms.DotnetPath(), "exec", Path.Combine(AppContext.BaseDirectory, "lab.dll"), .. arguments,
            .. Trains.Contains(arguments[0]) && _trials.Home.Engine is { } engine
                ? ["--engine", EnumNames.ToName(engine)] : (string[])[],
        ];
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = folder };
        start.Environment[LabHome.Variable] = state ?? State;
        start.Environment[LedgerPlace.Variable] = Place;
        foreach (var (variable, value) in Environment) start.Environment[variable] = value;
        var host = new ChaosHost(start, machine);
        _hosts.Add(host);
        return host;
    }

    /// <summary>
    /// Waits until every run has ended, for each end anew: a busy machine is slow, and no less right.
    /// </summary>
    public async Task UntilEndedAsync(Ledger ledger, params ChaosHost[] hosts)
    {
        int Left() => ledger.Find(ChaosSweep.Name)!.Counts.Left;
        for (var left = Left(); left > 0; left = Left())
            await _trials.UntilAsync(() => Left() != left, "the end of another run", hosts);
    }

    /// <summary>
    /// That every run is complete and every result was accepted once, by the attempt that held the run last.
    /// </summary>
    public void CheckComplete(Findings findings, Ledger ledger, int? expected = null)
    {
        var (whole, wanted) = (CountResults(ledger), expected ?? Sweep.Runs);
        findings.Check(whole.Complete == wanted, $"{whole.Complete} of {wanted} complete");
        findings.Check(whole.AcceptedOnce == wanted,
            $"{whole.AcceptedOnce} results accepted, {whole.Twice} of them twice");
    }

    /// <summary>
    /// Counts: runs that are complete; those whose result was accepted exactly once, by their last attempt; those
    /// accepted more often.
    /// </summary>
    public static (int Complete, int AcceptedOnce, int Twice, int Attempts) CountResults(Ledger ledger)
    {
        var records = ledger.Records(ChaosSweep.Name, withPoints: false);
        var attempts = ledger.Attempts(ChaosSweep.Name).ToLookup(a => a.Run);
        var accepted = records.Select(r => attempts[r.Cell.Spec.Id].Count(a => a.Outcome == RunEvent.Finished))
            .ToList();
        var once =
            records.Count(r =>
                attempts[r.Cell.Spec.Id].OrderBy(a => a.Fence).ToList() is [.. var lost, { Outcome: RunEvent.Finished }]
            && lost.TrueForAll(a => a.Outcome is not (null or RunEvent.Finished)));
        return (records.Count(r => r is { State: RunState.Completed, Result: not null }), once,
            accepted.Count(n => n > 1), attempts.Sum(a => a.Count()));
    }

    /// <summary>That losses and curves are those of an undisturbed sweep, to the last bit.</summary>
    public void CheckEqual(Findings findings, Ledger ledger, IReadOnlyDictionary<RunId, RunRecord> undisturbed)
    {
        var records = ledger.Records(ChaosSweep.Name);
        var same = records.Count(r => undisturbed[r.Cell.Spec.Id] is var u
            && r.Result?.LossValidation == u.Result!.LossValidation && r.Points.SequenceEqual(u.Points));
        findings.Check(same == Sweep.Runs,
            $"losses and curves of {same} of {Sweep.Runs} runs equal an undisturbed sweep's bit for bit");
    }

    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
        foreach (var worker in Processes.Workers(State)) Processes.Signal(worker, Processes.SigKill);
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A worker that is just ending wrote once more: the folder is a temporary one.
        }
    }
}
