using System.Text.RegularExpressions;

namespace ScalingLab.Dashboard.Middleware;

/// <summary>
/// Behind a proxy that shows the page below a path of its own, and takes that path away before it asks here: what it
/// says in X-Forwarded-Prefix stands before every address that is answered with.
/// </summary>
internal static partial class ForwardedPrefix
{
    private const string Header = "X-Forwarded-Prefix";

    public static void UseForwardedPrefix(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Headers[Header] is [{ } prefix] && Path().IsMatch(prefix))
            context.Request.PathBase = prefix.TrimEnd('/');
        return next();
    });

    [GeneratedRegex("^(/[A-Za-z0-9._~-]+)+/?$", RegexOptions.NonBacktracking)]
    private static partial Regex Path();
}
