using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Dashboard.Middleware;

/// <summary>
/// Authorization. Every change demands the token; where other machines can reach the page, so does every look. It comes
/// as <c>Authorization: Bearer</c>, or as the cookie that the first address with <c>?token=</c> sets: the browser keeps
/// it from scripts and from requests that other sites cause.
/// </summary>
internal sealed class AccessControl(IPAddress listen, string token)
{
    private const string Parameter = "token";
    private static readonly TimeSpan CookieAge = TimeSpan.FromDays(30);

    // Of digests, so that neither content nor length shows in the time that a comparison takes.
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether only this machine can reach the page.</summary>
    public bool IsLoopback { get; } = IPAddress.IsLoopback(listen);

    public void Use(WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Request.Query.TryGetValue(Parameter, out var given))
        {
            if (IsToken(given.ToString())) SetCookie(context);
            else await RefuseAsync(context, "the token in this address is not the one of this page");
            return;
        }

        var looks = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            || context.Request.Path.Equals(JobsAddress.StatsPath);
        if (!(looks && IsLoopback) && !IsAuthorized(context))
            await RefuseAsync(context, "this needs the token: as 'Authorization: Bearer TOKEN', or by opening the page "
                + "once as /?token=TOKEN");
        else if (!looks && IsFromElsewhere(context.Request))
            await RefuseAsync(context, "another site's page asked for this");
        else
            await next();
    });

    /// <summary>Whether the request shows the token.</summary>
    public bool IsAuthorized(HttpContext context)
    {
        var bearer = context.Request.Headers.Authorization.ToString();
        return bearer.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? IsToken(bearer["Bearer ".Length..].Trim())
            : context.Request.Cookies.TryGetValue(Cookie(context), out var kept) && IsToken(kept);
    }

    private bool IsToken(string given) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), _digest);

    // On, without the token in the address: it would stay in the browser's history.
    private void SetCookie(HttpContext context)
    {
        context.Response.Cookies.Append(Cookie(context), token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            MaxAge = CookieAge,
            Path = "/",
        });
        context.Response.Redirect($"{context.Request.PathBase}/");
    }

    // Browsers do not tell the ports of a machine apart: each page has a cookie of its own.
    private static string Cookie(HttpContext context) =>
        FormattableString.Invariant($"lab-{context.Connection.LocalPort}");

    // SameSite has browsers leave the cookie out; those that do not know it still say where a request comes from.
    private static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers.Origin is [{ } origin, ..] && origin != $"{request.Scheme}://{request.Host}";

    private static async Task RefuseAsync(HttpContext context, string why)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        await TypedResults.Problem(why, statusCode: StatusCodes.Status401Unauthorized, title: "not allowed")
            .ExecuteAsync(context);
    }
}
