using System.Globalization;
using System.Text;
using ScalingLab.Scheduling.Monitoring;

namespace ScalingLab.Dashboard.Monitoring;

/// <summary>
/// Prometheus' text format, version 0.0.4. The values are the ledger's and are read anew for each scrape, so there is
/// no registry that keeps them.
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>The format's media type.</summary>
    public const string MediaType = "text/plain; version=0.0.4";

    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Writes a metric; nothing where there are no samples.</summary>
    public void Add(string name, MetricKind kind, string help, IEnumerable<Sample> samples)
    {
        var type = kind == MetricKind.Counter ? "counter" : "gauge";
        var head = $"# HELP {name} {Escape(help)}\n# TYPE {name} {type}\n";
        foreach (var sample in samples)
        {
            _text.Append(head).Append(name);
            head = "";
            if (sample.Labels.Length > 0) _text.Append('{')
                .AppendJoin(',', sample.Labels.Select(l => $"{l.Name}=\"{Quoted(l.Value)}\"")).Append('}');
            _text.Append(' ').Append(Number(sample.Value)).Append('\n');
        }
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
