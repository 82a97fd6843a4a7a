namespace ScalingLab.Scheduling.Monitoring;

/// <summary>Whether a metric may fall.</summary>
public enum MetricKind
{
    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>It only grows; its name ends in _total.</summary>
    Counter,
}

/// <summary>A metric of the whole ledger: what it is called and how it is read, whoever it is told to.</summary>
/// <param name="Name">As Prometheus has names.</param>
/// <param name="Kind">Whether it may fall.</param>
/// <param name="Unit">By the Unified Code for Units of Measure, e.g. "s", "J", "{token}/s".</param>
/// <param name="Help">What it is, in a sentence.</param>
/// <param name="Read">Its values; none where nobody knows any.</param>
public sealed record LedgerMetric(
    string Name, MetricKind Kind, string Unit, string Help, Func<LedgerSnapshot, IEnumerable<Sample>> Read);

/// <summary>One value of a metric.</summary>
/// <param name="Value">In the metric's unit.</param>
/// <param name="Labels">Names and values that tell it from the metric's others.</param>
public sealed record Sample(double Value, params (string Name, string Value)[] Labels);
