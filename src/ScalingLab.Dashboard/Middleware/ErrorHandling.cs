using System.Data.Common;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard.Middleware;

/// <summary>
/// Whatever goes wrong with a request is one line, to who asked and in the log; a stack trace helps neither.
/// </summary>
internal static class ErrorHandling
{
    public static void UseErrorHandling(this WebApplication app) => app.Use(async (context, next) =>
    {
        try
        {
            await next();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort(); // nobody listens
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (status, why) = e switch
            {
                BadHttpRequestException bad => (bad.StatusCode, bad.Message),

                // A ledger that cannot be used just now: the page asks again.
                DbException or InputException =>
                    (StatusCodes.Status503ServiceUnavailable, $"the ledger cannot be used just now: {e.Message}"),
                _ => (StatusCodes.Status500InternalServerError, $"{e.GetType().Name}: {e.Message}"),
            };
            Log($"{context.Request.Method} {context.Request.Path} {status}, {why}");
            await TypedResults.Problem(why, statusCode: status).ExecuteAsync(context);
        }
        catch (Exception e)
        {
            Log($"{context.Request.Method} {context.Request.Path} broke off, {e.GetType().Name}: {e.Message}");
            context.Abort();
        }
    });

    /// <summary>
    /// A line on standard error; names and addresses of others cannot make it two, or steer a terminal.
    /// </summary>
    public static void Log(string line) =>
        Console.Error.WriteLine($"dashboard: {string.Concat(line.Select(c => char.IsControl(c) ? '?' : c))}");
}
