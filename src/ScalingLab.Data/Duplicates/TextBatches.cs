namespace ScalingLab.Data.Duplicates;

/// <summary>Work on many texts by many threads, whose results come in the order of the texts.</summary>
internal static class TextBatches
{
    private const int MostTexts = 512;
    private const int MostLetters = 1 << 22;

    /// <summary>Works on each text and hands over what came of it.</summary>
    /// <param name="items">What is worked on, read as it goes.</param>
    /// <param name="textOf">The text of one: how much work it is.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="work">Done by any thread, given the item and its place.</param>
    /// <param name="take">Done by one thread, in order.</param>
    /// <param name="cancel">Ends it early.</param>
    public static void Walk<TItem, TResult>(IEnumerable<TItem> items, Func<TItem, string> textOf, int threads,
        Func<TItem, int, TResult> work, Action<TItem, TResult> take, CancellationToken cancel)
    {
        var (batch, letters, place) = (new List<TItem>(), 0L, 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        foreach (var item in items)
        {
            cancel.ThrowIfCancellationRequested();
            batch.Add(item);
            letters += textOf(item).Length;
            if (batch.Count >= MostTexts || letters >= MostLetters) Flush();
        }
        Flush();

        void Flush()
        {
            var (begin, results) = (place, new TResult[batch.Count]);
            Parallel.For(0, batch.Count, parallel, i => results[i] = work(batch[i], begin + i));
            foreach (var (item, result) in batch.Zip(results)) take(item, result);
            place += batch.Count;
            batch.Clear();
            letters = 0;
        }
    }
}
