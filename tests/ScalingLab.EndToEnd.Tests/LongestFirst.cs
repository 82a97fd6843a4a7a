[assembly: TestCollectionOrderer("ScalingLab.EndToEnd.Tests.LongestFirst", "ScalingLab.EndToEnd.Tests")]

namespace ScalingLab.EndToEnd.Tests;

/// <summary>Classes that take a minute begin first, so that at the end none of them runs alone.</summary>
public sealed class LongestFirst() : NamedFirst(
    nameof(SlurmTests), nameof(Passwords), nameof(DisturbedSweepTests), nameof(QueueTests), nameof(SweepTests),
    nameof(NodeTests),
    nameof(ExchangeTests), nameof(VerdictSweepTests), nameof(TuneTests), nameof(DataSweepTests), nameof(AttemptTests));
