using Microsoft.AspNetCore.Http.Features;

namespace ScalingLab.Dashboard.Routes;

/// <summary>The name in /api/sweeps/NAME, /api/nodes/NAME and /results/NAME, whatever characters it has.</summary>
internal static class RouteName
{
    private const int InApi = 3; // of the address as it was sent, after "", "api" and "sweeps"

    /// <summary>
    /// The name. Routing leaves %2F as it was written, so that a slash in a name divides nothing, but decodes %25:
    /// whether there was a slash or the letters "%2F" is told by the address alone.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="route">What routing took for the name.</param>
    /// <param name="segment">Its place in the address.</param>
    public static string Decode(HttpRequest request, string route, int segment = InApi)
    {
        var sent = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0].Split('/')
            .ElementAtOrDefault(segment) ?? "";
        var asRouted =
            Uri.UnescapeDataString(
                sent.Replace("%2F", "%252F", StringComparison.Ordinal)
                .Replace("%2f", "%252f", StringComparison.Ordinal));
        return asRouted == route ? Uri.UnescapeDataString(sent) : route;
    }
}
