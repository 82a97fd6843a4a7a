using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Dashboard.Summaries;

namespace ScalingLab.Dashboard.Live;

/// <summary>The feeds of the sweeps that somebody watches: each is there as long as somebody does.</summary>
internal sealed class SweepFeeds(LedgerHandle ledger, OverviewCache outlook, CancellationToken stopping)
{
    private static readonly TimeSpan FilePollInterval = TimeSpan.FromSeconds(1);

    // A database does not tell that nothing happened.
    private static readonly TimeSpan DatabasePollInterval = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SweepFeed> _feeds = [];

    /// <summary>Begins to watch a sweep.</summary>
    public Subscriber Subscribe(string name)
    {
        lock (_gate)
        {
            if (_feeds.TryGetValue(name, out var there) && there.Subscribe() is { } viewer) return viewer;
            var feed = _feeds[name] = new SweepFeed(ledger, outlook, name);
            var first = feed.Subscribe()!;
            _ = Task.Run(() => PollLoopAsync(name, feed), CancellationToken.None);
            return first;
        }
    }

    private async Task PollLoopAsync(string name, SweepFeed feed)
    {
        using var timer = new PeriodicTimer(ledger.Stamp() is null ? DatabasePollInterval : FilePollInterval);
        try
        {
            while (PollFeed(name, feed)) await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            feed.Complete();
        }
        catch (Exception e)
        {
            ErrorHandling.Log($"who watched {name} has to begin anew, {e.GetType().Name}: {e.Message}");
            feed.Complete();
        }
    }

    // Nobody may come between that nobody watches and that the feed is over.
    private bool PollFeed(string name, SweepFeed feed)
    {
        lock (_gate)
        {
            if (feed.IsIdle)
            {
                feed.Complete();
                if (_feeds.GetValueOrDefault(name) == feed) _feeds.Remove(name);
                return false;
            }
        }
        return feed.Poll();
    }
}
