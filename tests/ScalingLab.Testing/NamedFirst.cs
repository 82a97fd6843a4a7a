using Xunit.Abstractions;

namespace ScalingLab.Testing;

/// <summary>Tests of the named classes and collections begin first, in that order.</summary>
public abstract class NamedFirst(params string[] names) : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Rank);

    private int Rank(ITestCollection collection) =>
        Array.FindIndex(names, name => collection.DisplayName.Split('.', ' ').Contains(name)) is >= 0 and var rank
        ? rank : names.Length;
}
