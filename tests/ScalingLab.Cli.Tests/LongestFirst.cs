using Xunit.Abstractions;

[assembly: TestCollectionOrderer("ScalingLab.Cli.Tests.LongestFirst", "ScalingLab.Cli.Tests")]

namespace ScalingLab.Cli.Tests;

/// <summary>Classes that take a minute begin first, so that at the end none of them runs alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        "FaultsOfDisks", "FaultsOfDatabases", "FaultsOfHosts", "FaultsOfWorkers", "FaultsOfMachines", "FaultsOfClocks",
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderBy(Rank);

    private static int Rank(ITestCollection collection) =>
        Array.FindIndex(Long, name => collection.DisplayName.Split('.', ' ').Contains(name)) is >= 0 and var rank ? rank : Long.Length;
}
