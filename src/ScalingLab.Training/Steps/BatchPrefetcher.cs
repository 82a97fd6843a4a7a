using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace ScalingLab.Training.Steps;

/// <summary>
/// Reads the batches of a run ahead of its steps, in a thread of its own, so that no step waits for them unless the
/// text is slower than the training. What is read depends on the step alone, so a resumed run reads the same.
/// </summary>
internal sealed class BatchPrefetcher : IDisposable
{
    private const int LeastAhead = 4;
    private const int MostAhead = 64;

    // Small batches are trained on in milliseconds, which a thread may have to wait for a processor.
    private const int TokensAhead = 1 << 16;

    private readonly BlockingCollection<Batch> _ready;
    private readonly ConcurrentBag<Batch> _free = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _reader;

    /// <summary>Begins to read.</summary>
    /// <param name="read">The text; asked by one thread at a time.</param>
    /// <param name="reads">What will be asked for, in order: first sequence and number of sequences.</param>
    /// <param name="context">Tokens in a sequence.</param>
    public BatchPrefetcher(ReadBatch read, IEnumerable<(long First, int Sequences)> reads, int context)
    {
        var tokens = Math.Max(1, reads.Select(asked => asked.Sequences).FirstOrDefault() * context);
        _ready = new(Math.Clamp(TokensAhead / tokens, LeastAhead, MostAhead));
        _reader = new Thread(() => ReadAll(read, reads, context)) { IsBackground = true, Name = "batches" };
        _reader.Start();
    }

    /// <summary>A <see cref="ReadBatch"/> of the batches that were announced; waits for the next where it is not
    /// there.</summary>
    /// <exception cref="InvalidOperationException">Another batch than the next is asked for.</exception>
    public void Read(long firstSequence, int sequences, Span<long> inputs, Span<long> targets)
    {
        var batch = _ready.Take();
        batch.Failure?.Throw();
        if ((batch.First, batch.Sequences) != (firstSequence, sequences))
            throw new InvalidOperationException($"sequences {firstSequence} and {sequences - 1} more are asked for; "
                + $"{batch.First} and {batch.Sequences - 1} more were announced");
        batch.Inputs.AsSpan(0, inputs.Length).CopyTo(inputs);
        batch.Targets.AsSpan(0, targets.Length).CopyTo(targets);
        _free.Add(batch);
    }

    /// <summary>Ends the thread, whatever it has read.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _reader.Join();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void ReadAll(ReadBatch read, IEnumerable<(long First, int Sequences)> reads, int context)
    {
        try
        {
            foreach (var (first, sequences) in reads)
            {
                var tokens = sequences * context;
                if (!_free.TryTake(out var batch) || batch.Inputs.Length < tokens) batch = new Batch(tokens);
                read(first, sequences, batch.Inputs.AsSpan(0, tokens), batch.Targets.AsSpan(0, tokens));
                (batch.First, batch.Sequences) = (first, sequences);
                _ready.Add(batch, _stop.Token);
            }

            _ready.CompleteAdding();
        }
        catch (OperationCanceledException)
        {
            // Nobody wants more.
        }
        catch (Exception e) // belongs to who waits for the batch
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        try
        {
            _ready.Add(new Batch(0) { Failure = ExceptionDispatchInfo.Capture(e) }, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits.
        }
    }

    private sealed class Batch(int tokens)
    {
        public long[] Inputs { get; } = new long[tokens];

        public long[] Targets { get; } = new long[tokens];

        public long First { get; set; }

        public int Sequences { get; set; }

        public ExceptionDispatchInfo? Failure { get; init; }
    }
}
