namespace ScalingLab.Data.Surveys;

/// <summary>
/// Work on a sequence by all cores whose results come in the sequence's order, as if one thread did it. Memory is
/// bounded: so many items, and so many bytes, are under way.</summary>
internal static class OrderedWork
{
    /// <summary>Items under way for each core: enough that none waits for the oldest.</summary>
    private const int ItemsForCore = 4;

    private const int MaxItems = 64;

    private const long MaxBytes = 1 << 26;

    /// <summary>Items under way at most, on this machine.</summary>
    private static int Items => Math.Min(MaxItems, ItemsForCore * Environment.ProcessorCount);

    /// <param name="items">Walked by the caller's thread, no further ahead than the bounds say.</param>
    /// <param name="bytes">What an item counts towards the bound; one alone may be larger.</param>
    /// <param name="work">Runs on several threads at once.</param>
    public static IEnumerable<TOut> Run<TIn, TOut>(IEnumerable<TIn> items, Func<TIn, long> bytes,
        Func<TIn, TOut> work, CancellationToken cancel)
    {
        var pending = new Queue<(Task<TOut> Work, long Bytes)>();
        using var rest = items.GetEnumerator();
        try
        {
            var (underWay, isMore) = (0L, true);
            while (true)
            {
                while (isMore && pending.Count < Items && (pending.Count == 0 || underWay < MaxBytes))
                {
                    cancel.ThrowIfCancellationRequested();
                    if (!(isMore = rest.MoveNext())) break;
                    var (item, weight) = (rest.Current, bytes(rest.Current));
                    underWay += weight;
                    pending.Enqueue((Task.Run(() => work(item), CancellationToken.None), weight));
                }
                if (pending.Count == 0) yield break;
                var (oldest, done) = pending.Dequeue();
                yield return oldest.GetAwaiter().GetResult();
                underWay -= done;
            }
        }
        finally
        {
            // What is under way still uses what the caller is about to close.
            Task.WhenAll(pending.Select(next => next.Work)).ContinueWith(_ => { }, CancellationToken.None,
                TaskContinuationOptions.None, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }
}
