namespace ScalingLab.Training.Inference;

/// <summary>Questions of like length side by side, the longest first.</summary>
internal static class Batches
{
    /// <summary>
    /// Batches of at most so many tokens, each padded to its longest; a question of more is a batch of its own.
    /// </summary>
    public static IEnumerable<IReadOnlyList<T>> Of<T>(IEnumerable<T> questions, Func<T, int> length, int tokens)
    {
        var batch = new List<T>();
        foreach (var question in questions.OrderByDescending(length))
        {
            if (batch.Count > 0 && (long)(batch.Count + 1) * length(batch[0]) > tokens)
            {
                yield return batch;
                batch = [];
            }
            batch.Add(question);
        }
        if (batch.Count > 0) yield return batch;
    }

    /// <summary>Rows of tokens, filled up on the right with token 0, which a causal model's earlier tokens do not
    /// see.</summary>
    public static long[] Padded(IReadOnlyList<int[]> rows, int length)
    {
        var padded = new long[rows.Count * length];
        foreach (var (r, row) in rows.Index())
        {
            for (var i = 0; i < row.Length; i++) padded[(r * length) + i] = row[i];
        }
        return padded;
    }
}
