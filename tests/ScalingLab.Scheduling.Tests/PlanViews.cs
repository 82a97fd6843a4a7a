using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Scheduling.Policies;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

/// <summary>Runs and nodes for plans: no clock, no ledger, no process.</summary>
internal static class PlanViews
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero); // a Thursday

    public static RetryPolicy Retries { get; } = new();

    public static IReadOnlyList<DispatchAction> Plan(IReadOnlyList<RunView> runs, int slots = 9) =>
        Dispatch.Plan(Now, runs, new NodeView([new NodeDevice("cpu", slots)]), Retries);

    public static IReadOnlyList<DispatchAction> Plan(IReadOnlyList<RunView> runs, Func<NodeView, NodeView> node) =>
        Dispatch.Plan(Now, runs, node(new NodeView([new NodeDevice("cpu", 9)])), Retries);

    public static IEnumerable<string> Started(IEnumerable<DispatchAction> plan) =>
        plan.OfType<DispatchAction.Start>().Select(s => s.Run.Run.Value);

    public static IEnumerable<(string Run, string Device)> Placed(IEnumerable<DispatchAction> plan) =>
        plan.OfType<DispatchAction.Start>().Select(s => (s.Run.Run.Value, s.Device));

    public static IEnumerable<WaitReason> Waiting(IEnumerable<DispatchAction> plan) =>
        plan.OfType<DispatchAction.Wait>().Select(w => w.Why);

    public static IEnumerable<(string Run, WaitReason Why)> Yielded(IEnumerable<DispatchAction> plan) =>
        plan.OfType<DispatchAction.Yield>().Select(y => (y.Run.Run.Value, y.Why));

    public static RunView Pending(string run, int position, double flops, Func<QueuedRun, QueuedRun>? change = null)
    {
        var queued = new QueuedRun
        {
            Run = new RunId(run), Sweep = "s", Position = position, Model = "m", Flops = flops,
                State = RunState.Pending,
        };
        return new RunView(change?.Invoke(queued) ?? queued);
    }

    public static RunView Running(double lease, int losses = 0) => new(new QueuedRun
    {
        Run = new RunId("r"), Sweep = "s", Position = 0, Model = "m", Flops = 1, State = RunState.Running,
            ChargedAttempts = losses, Fence = 1, Node = "n",
        LeaseUntil = Now.AddSeconds(lease),
    });

    /// <summary>A run that runs in this process.</summary>
    public static RunView Here(string run, string device = "cpu", Func<QueuedRun, QueuedRun>? change = null)
    {
        var queued = Running(lease: 9).Queued with { Run = new RunId(run), Device = device };
        return new RunView(change?.Invoke(queued) ?? queued)
            { DeviceHere = device, OnThisMachine = true, WorkerIsAlive = true };
    }

    public static RunView Needing(this RunView run, double gibibytes, string deviceClass = "cuda",
        double? flopsPerSecond = null) => run with
    {
        Needs = new Dictionary<string, RunNeeds>(run.Needs)
            { [deviceClass] = new RunNeeds((long)(gibibytes * (1L << 30)), flopsPerSecond) },
    };
}
