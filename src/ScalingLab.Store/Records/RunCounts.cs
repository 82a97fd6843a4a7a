using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Store.Records;

/// <summary>How many runs are in each state.</summary>
public sealed class RunCounts : IEquatable<RunCounts>
{
    private readonly int[] _counts = new int[RunLifecycle.States.Count];

    /// <param name="counts">By state; a state that is not there has no runs.</param>
    internal RunCounts(IEnumerable<StateCount> counts)
    {
        foreach (var count in counts) _counts[(int)count.State] += count.Runs;
    }

    /// <summary>No runs.</summary>
    public static RunCounts None { get; } = new([]);

    /// <summary>Runs in one state.</summary>
    public int this[RunState state] => _counts[(int)state];

    /// <summary>All runs.</summary>
    public int Total => _counts.Sum();

    /// <summary>Runs that wait or run.</summary>
    public int Left => this[RunState.Pending] + this[RunState.Running];

    /// <summary>Whether as many runs are in each state.</summary>
    public bool Equals(RunCounts? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RunCounts);

    /// <inheritdoc/>
    public override int GetHashCode() => Total;
}

/// <summary>Runs of a sweep in one state.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="State">The state.</param>
/// <param name="Runs">How many.</param>
/// <param name="Fences">Their fencing numbers added up: another sum where one of them was tried anew.</param>
internal sealed record StateCount(string Sweep, RunState State, int Runs, long Fences);
