[assembly: TestCollectionOrderer("ScalingLab.Cli.Tests.LongestFirst", "ScalingLab.Cli.Tests")]

namespace ScalingLab.Cli.Tests;

/// <summary>Classes that take a minute begin first, so that at the end none of them runs alone.</summary>
public sealed class LongestFirst() : NamedFirst(
    nameof(FaultsOfDisks), nameof(FaultsOfDatabases), nameof(FaultsOfHosts), nameof(FaultsOfWorkers),
    nameof(FaultsOfMachines),
    nameof(FaultsOfClocks));
