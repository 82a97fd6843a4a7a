namespace ScalingLab.Dashboard.Middleware;

/// <summary>
/// HEAD is GET without the content, on every address that can be looked at: what watches a server by HEAD finds what a
/// browser would.
/// </summary>
internal static class HeadRequests
{
    /// <summary>Has HEAD answered by what answers GET; routes are chosen after this.</summary>
    public static void UseHeadRequests(this WebApplication app)
    {
        app.Use(async (context, next) =>
        {
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await next();
                return;
            }
            context.Request.Method = HttpMethods.Get;
            context.Items[typeof(HeadRequests)] = true;
            context.Response.Body = Stream.Null;
            await next();
        });
        app.UseRouting();
    }

    /// <summary>Whether nobody will read the content.</summary>
    public static bool IsHead(this HttpContext context) => context.Items.ContainsKey(typeof(HeadRequests));
}
