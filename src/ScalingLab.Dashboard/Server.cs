using System.Net;
using ScalingLab.Dashboard.Jobs;
using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Monitoring;
using ScalingLab.Dashboard.Routes;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Dashboard.Summaries;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard;

/// <summary>The web server: told everything by its order, nothing by environment or settings files.</summary>
internal static class Server
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The page of a ledger, not started yet.</summary>
    public static WebApplication Build(ServerSettings order, LedgerHandle ledger)
    {
        var access = new AccessControl(IPAddress.Parse(order.Listen), order.Token);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(order.Listen), order.Port);
            kestrel.Limits.MaxRequestBodySize = ChangeRequests.MaxBytes;
            kestrel.Limits.RequestHeadersTimeout = ChangeRequests.Timeout;
        });
        builder.Services.AddRoutingCore().AddHostFiltering(filter =>
        {
            // elsewhere the token keeps out, whatever the name
            filter.AllowedHosts = access.IsLoopback ? [.. SecurityHeaders.Hosts] : ["*"];
            filter.AllowEmptyHosts = false;
        });
        builder.Services.AddJobs(ledger);
        builder.Services.AddApiDocument();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            // what a request makes of it is in Trouble's line, without a stack trace
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var app = builder.Build();
        var requests = new RequestCounts();
        requests.Use(app);
        app.UseHeadRequests();
        app.UseSecurityHeaders();
        app.UseForwardedPrefix();
        app.UseErrorHandling();
        access.Use(app);
        app.UseDefaultFiles().UseStaticFiles(); // index.html and what it needs, as they were built
        app.UseJobs(access);
        var outlook = new OverviewCache(ledger);
        app.Lifetime.ApplicationStopped.Register(outlook.Dispose);
        app.MapSweeps(ledger, outlook, access);
        app.MapRuns(ledger, outlook, new StateFiles(order.State));
        app.MapNodes(ledger);
        app.MapResults(ledger);
        app.MapChanges(ledger);
        app.MapApiDocument();
        app.MapHealth(ledger, order.Node);
        app.MapMetrics(ledger, requests);
        return app;
    }

    /// <summary>Serves until Ctrl-C, SIGTERM or the end of <paramref name="input"/>; the exit code.</summary>
    /// <exception cref="InputException">The port cannot be had.</exception>
    public static async Task<int> ServeAsync(this WebApplication app, TextReader input, TextWriter output)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e)
        {
            throw new InputException(
                "port", $"cannot be listened on ({e.Message.TrimEnd('.')}): give another one with --port, or 0 for any "
                    + "that is free");
        }

        await output.WriteLineAsync($"dashboard: {app.Urls.Single()} (Ctrl-C ends it)");
        await output.FlushAsync();
        _ = StopAtEndAsync(input, app.Lifetime);
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task StopAtEndAsync(TextReader input, IHostApplicationLifetime lifetime)
    {
        // The console's reader blocks whatever its methods are called: it gets a thread of its own, which ends with the
        // process.
        await Task.Factory.StartNew(() =>
        {
            var dropped = new char[1024];
            while (input.Read(dropped, 0, dropped.Length) > 0)
            {
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        lifetime.StopApplication();
    }
}
