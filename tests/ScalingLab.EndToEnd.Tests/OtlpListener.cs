using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>A sending of metrics as it came.</summary>
/// <param name="Head">Method, path, media type and authorization.</param>
/// <param name="Resource">Who sends: attributes by name.</param>
/// <param name="Values">Values by the metric's name and its labels in their order, "name|label=value".</param>
/// <param name="Kinds">"gauge", or "counter" of what only grows and is told as it stands, by the metric's name.</param>
internal sealed record OtlpSending(
    string Head, IReadOnlyDictionary<string, string> Resource, IReadOnlyDictionary<string, double> Values,
    IReadOnlyDictionary<string, string> Kinds);

/// <summary>A collector as small as can be: hears OTLP over HTTP and reads it by the numbers of its fields.</summary>
internal sealed class OtlpListener : IDisposable
{
    private const ulong Cumulative = 2;

    private readonly HttpListener _http = new();
    private readonly ConcurrentQueue<OtlpSending> _heard = new();
    private Exception? _broken;

    public OtlpListener(int port)
    {
        _http.Prefixes.Add($"http://127.0.0.1:{port}/");
        _http.Start();
        _ = Task.Run(ListenAsync);
    }

    /// <summary>The latest; null before the first.</summary>
    public OtlpSending? Latest =>
        _broken is { } e ? throw new InvalidDataException("no OTLP", e) : _heard.LastOrDefault();

    /// <summary>A port that nobody listens on just now.</summary>
    public static int FreePort()
    {
        using var any = new TcpListener(IPAddress.Loopback, 0);
        any.Start();
        return ((IPEndPoint)any.LocalEndpoint).Port;
    }

    public void Dispose() => _http.Close();

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                var context = await _http.GetContextAsync();
                var request = context.Request;
                using var body = new MemoryStream();
                await request.InputStream.CopyToAsync(body);
                _heard.Enqueue(Read($"{request.HttpMethod} {request.RawUrl} {request.ContentType} "
                    + request.Headers["authorization"], body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
        catch (Exception e)
        {
            _broken = e;
        }
    }

    // ExportMetricsServiceRequest of opentelemetry/proto/collector/metrics/v1.
    private static OtlpSending Read(string head, byte[] body)
    {
        var of = Assert.Single(ProtobufField.Read(body), f => f.Number == 1);
        var (values, kinds) = (new Dictionary<string, double>(), new Dictionary<string, string>());
        foreach (var metric in of.Inner(2).SelectMany(scope => scope.Inner(2)))
        {
            var name = metric.Inner(1).Single().Text;
            var (gauge, sum) = (metric.Inner(5).SingleOrDefault(), metric.Inner(7).SingleOrDefault());
            if (sum is not null)
                Assert.Equal((Cumulative, 1UL), (sum.Inner(2).Single().Value, sum.Inner(3).Single().Value));
            kinds.Add(name, sum is null ? "gauge" : "counter");
            foreach (var point in (gauge ?? sum!).Inner(1))
            {
                var labels = Attributes(point.Inner(7)).Select(a => $"|{a.Name}={a.Value}")
                    .Order(StringComparer.Ordinal);
                values.Add(name + string.Concat(labels), point.Inner(4).Single().Double);
            }
        }
        return new OtlpSending(
            head, Attributes(of.Inner(1).Single().Inner(1)).ToDictionary(a => a.Name, a => a.Value), values, kinds);
    }

    private static IEnumerable<(string Name, string Value)> Attributes(IEnumerable<ProtobufField> pairs) =>
        pairs.Select(p => (p.Inner(1).Single().Text, p.Inner(2).Single().Inner().Single().Text));
}
