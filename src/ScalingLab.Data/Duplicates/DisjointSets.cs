namespace ScalingLab.Data.Duplicates;

/// <summary>Sets that are joined (union-find, Tarjan 1975, with path halving); the first member leads each.</summary>
internal sealed class DisjointSets
{
    private readonly List<int> _parents = [];

    public int Count => _parents.Count;

    /// <summary>Adds a member in a set of its own.</summary>
    public void Add() => _parents.Add(_parents.Count);

    /// <summary>The first member of the set.</summary>
    public int Find(int member)
    {
        while (_parents[member] != member) member = _parents[member] = _parents[_parents[member]];
        return member;
    }

    /// <summary>Joins two sets.</summary>
    public void Join(int one, int other)
    {
        (one, other) = (Find(one), Find(other));
        _parents[Math.Max(one, other)] = Math.Min(one, other);
    }
}
