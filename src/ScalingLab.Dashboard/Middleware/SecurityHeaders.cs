
namespace ScalingLab.Dashboard.Middleware;

/// <summary>
/// What keeps other pages out. On the loopback address a page elsewhere could still reach the server through a name of
/// its own that it points here (DNS rebinding), so only requests for this machine's own names are answered, and no
/// other origin may read the answers.
/// </summary>
internal static class SecurityHeaders
{
    public static readonly string[] Hosts = ["localhost", "127.0.0.1", "[::1]"];

    // The page sets styles through the object model, which the policy allows.
    private const string Policy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // What Hangfire's pages have besides: an icon in the page, styles on single elements.
    private const string JobsPolicy =
        $"{Policy}; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'";

    public static void UseSecurityHeaders(this WebApplication app)
    {
        app.UseHostFiltering();
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(JobsAddress.BasePath) ? JobsPolicy
                : Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache"; // a new build's page is seen at once
            return next();
        });
    }
}
