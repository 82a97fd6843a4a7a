using System.CommandLine;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Options;

/// <summary><c>--otlp URL</c>: where metrics are sent.</summary>
internal static class OtlpOption
{
    public const string Name = "--otlp";
    private const string OfMetrics = "v1/metrics"; // the protocol's own place for them

    public static Option<string?> Create() => new(Name)
    {
        Description = "http or https address of an OpenTelemetry collector that metrics are sent to, by OTLP over "
            + "HTTP, e.g. http://host:4318",
    };

    /// <summary>Where metrics are sent, in full; null where they are not.</summary>
    /// <exception cref="InputException">It is no such address.</exception>
    public static Uri? Parse(string? given)
    {
        if (given is null) return null;
        var url = WebAddress.Parse(Name, given, "http://host:4318");
        if (url.UserInfo.Length > 0)
        {
            throw new InputException(Name,
                $"has a user in it, which is not sent: set {OtlpExport.HeadersVariable} to 'authorization=...'");
        }
        return url.AbsolutePath == "/" ? new UriBuilder(url) { Path = OfMetrics }.Uri : url;
    }
}
