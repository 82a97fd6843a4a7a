using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Tests;

public class RunLifecycleTests
{
    /// <summary>Everything that can happen; whatever is not here cannot.</summary>
    private static readonly Dictionary<(RunState, RunEvent), RunState> Possible = new()
    {
        [(RunState.Pending, RunEvent.Claimed)] = RunState.Running,
        [(RunState.Pending, RunEvent.Cancelled)] = RunState.Cancelled,
        [(RunState.Running, RunEvent.Finished)] = RunState.Completed,
        [(RunState.Running, RunEvent.FailedForGood)] = RunState.Failed,
        [(RunState.Running, RunEvent.AttemptLost)] = RunState.Pending,
        [(RunState.Running, RunEvent.AttemptsUsedUp)] = RunState.Quarantined,
        [(RunState.Running, RunEvent.Yielded)] = RunState.Pending,
        [(RunState.Running, RunEvent.Cancelled)] = RunState.Cancelled,
        [(RunState.Failed, RunEvent.Retried)] = RunState.Pending,
        [(RunState.Quarantined, RunEvent.Retried)] = RunState.Pending,
        [(RunState.Cancelled, RunEvent.Retried)] = RunState.Pending,
    };

    [Fact]
    public void Every_pair_of_state_and_event_leads_where_it_should_or_is_impossible()
    {
        foreach (var state in Enum.GetValues<RunState>())
        foreach (var happened in Enum.GetValues<RunEvent>())
        {
            var possible = Possible.TryGetValue((state, happened), out var next);
            Assert.Equal(possible, RunLifecycle.Allows(state, happened));
            if (possible) Assert.Equal(next, RunLifecycle.Next(state, happened));
            else Assert.Throws<InvalidOperationException>(() => RunLifecycle.Next(state, happened));
        }
    }

    [Fact]
    public void A_finished_run_never_runs_again() =>
        Assert.DoesNotContain(Enum.GetValues<RunEvent>(), e => RunLifecycle.Allows(RunState.Completed, e));

    [Fact]
    public void States_have_the_words_that_files_use() => Assert.Equal(
        ["pending", "running", "completed", "failed", "quarantined", "cancelled"], Enum.GetValues<RunState>()
        .Select(RunLifecycle.NameOf));
}
