namespace ScalingLab.Fitting.Options;

/// <summary>How far a part of a fit is.</summary>
/// <param name="Part">What is done, in words.</param>
/// <param name="Done">Pieces done.</param>
/// <param name="Pieces">Pieces in all; 0 where they are not counted.</param>
public readonly record struct FitProgress(string Part, int Done, int Pieces);

/// <summary>The long parts of a fit: they tell how far they are, and end when the fit is no longer wanted.</summary>
internal static class ParallelWork
{
    /// <summary>Begins a part.</summary>
    /// <exception cref="OperationCanceledException">The fit is no longer wanted.</exception>
    public static void Begin(string part, FitOptions options)
    {
        options.Stop.ThrowIfCancellationRequested();
        options.Progress?.Report(new FitProgress(part, 0, 0));
    }

    /// <summary>What independent pieces give, in order; on the options' threads.</summary>
    /// <exception cref="OperationCanceledException">The fit is no longer wanted.</exception>
    public static T[] Map<T>(string part, int pieces, FitOptions options, Func<int, T> piece)
    {
        var made = new T[pieces];
        For(part, pieces, options, index => made[index] = piece(index));
        return made;
    }

    /// <summary>Independent pieces, on the options' threads.</summary>
    /// <exception cref="OperationCanceledException">The fit is no longer wanted.</exception>
    public static void For(string part, int pieces, FitOptions options, Action<int> piece)
    {
        var (how, done) =
            (new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = options.Stop }, 0);
        Parallel.For(0, pieces, how, index =>
        {
            piece(index);
            options.Progress?.Report(new FitProgress(part, Interlocked.Increment(ref done), pieces));
        });
    }
}
