using System.Globalization;
using System.Text;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>One value of a metric.</summary>
/// <param name="Value">In the metric's base unit.</param>
/// <param name="Labels">Names and values that tell it from the metric's others.</param>
internal sealed record Sample(double Value, params (string Name, string Value)[] Labels);

/// <summary>
/// Prometheus' text format, version 0.0.4. The values are the ledger's and are read anew for each scrape, so there is no registry that keeps them.
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>The format's media type.</summary>
    public const string MediaType = "text/plain; version=0.0.4";

    private readonly StringBuilder _text = new();

    /// <summary>A value that goes up and down; nothing is written where there are no samples.</summary>
    public PrometheusText Gauge(string name, string help, params IEnumerable<Sample> samples) => Add(name, "gauge", help, samples);

    /// <summary>A value that only grows; its name ends in _total.</summary>
    public PrometheusText Counter(string name, string help, params IEnumerable<Sample> samples) => Add(name, "counter", help, samples);

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private PrometheusText Add(string name, string type, string help, IEnumerable<Sample> samples)
    {
        var head = $"# HELP {name} {Escape(help)}\n# TYPE {name} {type}\n";
        foreach (var sample in samples)
        {
            _text.Append(head).Append(name);
            head = "";
            if (sample.Labels.Length > 0) _text.Append('{').AppendJoin(',', sample.Labels.Select(l => $"{l.Name}=\"{Quoted(l.Value)}\"")).Append('}');
            _text.Append(' ').Append(Number(sample.Value)).Append('\n');
        }
        return this;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Quoted(string value) => Escape(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Escape(string text) =>
        text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
