using ScalingLab.Dashboard.Middleware;

namespace ScalingLab.Dashboard.Live;

/// <summary>
/// A sweep's feed as server-sent events, until the reader goes, the program stops or the sweep is no more.
/// </summary>
internal sealed class EventStream(SweepFeeds feeds, string sweep, CancellationToken stopping) : IResult
{
    // After that something is said, so that who is gone is missed.
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(20);
    private static readonly byte[] KeepAlive = ": alive\n\n"u8.ToArray();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "text/event-stream";
        if (httpContext.IsHead()) return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        try
        {
            while (await WatchAsync(httpContext.Response.Body, stop.Token))
            {
                // It fell behind: what it was not told is in the snapshot that it begins anew with.
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens, or nobody will speak.
        }
    }

    /// <summary>Passes on what is told; whether to begin anew.</summary>
    private async Task<bool> WatchAsync(Stream body, CancellationToken stop)
    {
        using var viewer = feeds.Subscribe(sweep);
        foreach (var said in viewer.InitialEvents) await body.WriteAsync(said, stop);
        await body.FlushAsync(stop);
        for (var more = viewer.Events.WaitToReadAsync(stop).AsTask(); ; more = viewer.Events.WaitToReadAsync(stop)
            .AsTask())
        {
            while (await Task.WhenAny(more, Task.Delay(KeepAliveInterval, stop)) != more)
            {
                stop.ThrowIfCancellationRequested();
                await body.WriteAsync(KeepAlive, stop);
                await body.FlushAsync(stop);
            }
            if (!await more) return viewer.FellBehind;
            while (viewer.Events.TryRead(out var said)) await body.WriteAsync(said, stop);
            await body.FlushAsync(stop);
        }
    }
}
