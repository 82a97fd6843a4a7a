using System.Data.Common;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Monitoring;
using ScalingLab.Store;

namespace ScalingLab.Lab.Monitoring;

/// <summary>
/// Sends the ledger's metrics (<see cref="LedgerMetrics"/>) to an OpenTelemetry collector, over and over and once more
/// at the end. What cannot be sent is one line in the log, and costs no run: the next sending has newer values of the
/// same.
/// </summary>
public sealed class OtlpExport : IDisposable
{
    /// <summary>OpenTelemetry's own variable for headers, which may hold a secret.</summary>
    public const string HeadersVariable = "OTEL_EXPORTER_OTLP_HEADERS";

    private const string Name = "scalinglab";
    private const int EndMilliseconds = 2000;
    private const int DefaultMilliseconds = 15_000;

    // Of runs by sweep and state; OpenTelemetry's own bound, 2,000, would be 333 sweeps.
    private const int MostSeries = 20_000;

    private readonly Meter _meter = new(Name);
    private readonly MeterProvider _provider;

    private OtlpExport(Uri to, Ledger ledger, string node, Action<string> say)
    {
        var options = new OtlpExporterOptions
        {
            Endpoint = to,
            Protocol = OtlpExportProtocol.HttpProtobuf,
            HttpClientFactory = () =>
                new HttpClient(new DeliveryLogHandler(to, say)) { Timeout = TimeSpan.FromSeconds(10) },
        };
        var interval = new MetricReaderOptions().PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds;
        var reader = new LedgerReader(new OtlpMetricExporter(options), interval ?? DefaultMilliseconds, ledger);
        foreach (var metric in LedgerMetrics.All) Create(metric, reader);
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(
                Name, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3),
                serviceInstanceId: node))
            .AddMeter(Name)
            .AddView("scalinglab_runs", new MetricStreamConfiguration { CardinalityLimit = MostSeries })
            .AddReader(reader)
            .Build();
    }

    /// <summary>Begins to send; null, and nothing is sent, where nobody is to be told.</summary>
    /// <param name="to">Where to, in full.</param>
    /// <param name="ledger">What is read each time.</param>
    /// <param name="node">Who sends.</param>
    /// <param name="say">Hears, from several threads, when sending begins to fail and when it works again.</param>
    public static OtlpExport? Start(Uri? to, Ledger ledger, string node, Action<string> say) =>
        to is null ? null : new OtlpExport(to, ledger, node, say);

    /// <summary>Sends once more, for two seconds at most, and ends.</summary>
    public void Dispose()
    {
        _provider.Shutdown(EndMilliseconds);
        _provider.Dispose();
        _meter.Dispose();
    }

    private void Create(LedgerMetric metric, LedgerReader reader)
    {
        if (metric.Kind == MetricKind.Counter)
            _meter.CreateObservableCounter(metric.Name, Observe, metric.Unit, metric.Help);
        else
            _meter.CreateObservableGauge(metric.Name, Observe, metric.Unit, metric.Help);

        IEnumerable<Measurement<double>> Observe() => reader.Latest is not { } reading ? []
            : metric.Read(reading).Select(sample => new Measurement<double>(
                sample.Value, sample.Labels.Select(l => KeyValuePair.Create(l.Name, (object?)l.Value))));
    }

    /// <summary>Reads the ledger once for all metrics of a sending.</summary>
    private sealed class LedgerReader(BaseExporter<Metric> exporter, int interval, Ledger ledger)
        : PeriodicExportingMetricReader(exporter, interval)
    {
        public LedgerSnapshot? Latest { get; private set; }

        protected override bool OnCollect(int timeoutMilliseconds)
        {
            try
            {
                Latest = LedgerSnapshot.Read(ledger);
            }
            catch (Exception e) when (e is DbException or InputException)
            {
                return false; // the node says itself that its ledger cannot be reached
            }
            return base.OnCollect(timeoutMilliseconds);
        }
    }
}
