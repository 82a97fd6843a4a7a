namespace ScalingLab.Dashboard.Live;

/// <summary>The feeds of the sweeps that somebody watches: each is there as long as somebody does.</summary>
internal sealed class SweepFeeds(LedgerHandle ledger, Outlook outlook, CancellationToken stopping)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    // A database does not tell that nothing happened.
    private static readonly TimeSpan PollBlindly = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SweepFeed> _feeds = [];

    /// <summary>Begins to watch a sweep.</summary>
    public Viewer Join(string name)
    {
        lock (_gate)
        {
            if (_feeds.TryGetValue(name, out var there) && there.Join() is { } viewer) return viewer;
            var feed = _feeds[name] = new SweepFeed(ledger, outlook, name);
            var first = feed.Join()!;
            _ = Task.Run(() => KeepAsync(name, feed), CancellationToken.None);
            return first;
        }
    }

    private async Task KeepAsync(string name, SweepFeed feed)
    {
        using var timer = new PeriodicTimer(ledger.Stamp() is null ? PollBlindly : Poll);
        try
        {
            while (Look(name, feed)) await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            feed.End();
        }
        catch (Exception e)
        {
            Trouble.Log($"who watched {name} has to begin anew, {e.GetType().Name}: {e.Message}");
            feed.End();
        }
    }

    // Nobody may come between that nobody watches and that the feed is over.
    private bool Look(string name, SweepFeed feed)
    {
        lock (_gate)
        {
            if (feed.IsIdle)
            {
                feed.End();
                if (_feeds.GetValueOrDefault(name) == feed) _feeds.Remove(name);
                return false;
            }
        }
        return feed.Look();
    }
}
