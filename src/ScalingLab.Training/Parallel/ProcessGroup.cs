using System.Numerics;
using System.Runtime.InteropServices;
using ScalingLab.Torch;

namespace ScalingLab.Training.Parallel;

/// <summary>Another process of the group has gone, or does not say what it should.</summary>
public sealed class PeerLostException(int rank, Exception? cause = null)
    : IOException($"the process of rank {rank} is gone", cause);

/// <summary>
/// Processes of one host that train one run together, each on a device of its own (data parallelism: Li et al. 2020,
/// arXiv 2006.15704). Rank 0 has the run; the others make their share of each step's gradient and have nothing that it
/// has not. Here they are joined by a pipe from each to rank 0, by which they begin alike and add up what lies in the
/// host's memory; what lies on GPUs is added up by <see cref="GradientAllReduce"/>.
/// </summary>
public sealed class ProcessGroup : IDisposable
{
    private const int ChunkFloats = 1 << 16;

    private readonly IReadOnlyList<Stream> _peers; // rank 0: those of ranks 1, 2, ...; others: that of rank 0
    private readonly byte[] _chunk = new byte[ChunkFloats * sizeof(float)];

    private ProcessGroup(int rank, int size, IReadOnlyList<Stream> peers) => (Rank, Size, _peers) = (rank, size, peers);

    /// <summary>This process's number, 0 to <see cref="Size"/> - 1.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>The group as rank 0 has it.</summary>
    /// <param name="others">To ranks 1, 2, ..., in order; closed with the group.</param>
    public static ProcessGroup Leading(IReadOnlyList<Stream> others) => new(0, others.Count + 1, others);

    /// <summary>The group as another rank has it.</summary>
    /// <param name="rank">1 or more.</param>
    /// <param name="size">Processes in all.</param>
    /// <param name="leader">To rank 0; closed with the group.</param>
    public static ProcessGroup Following(int rank, int size, Stream leader) => new(rank, size, [leader]);

    /// <summary>
    /// The part of a step's sequences that this rank takes: in a row, and of any two ranks at most one more.
    /// </summary>
    /// <param name="sequences">Of the whole step.</param>
    public (int First, int Count) ShareOf(int sequences)
    {
        var first = (int)((long)sequences * Rank / Size);
        return (first, (int)((long)sequences * (Rank + 1) / Size) - first);
    }

    /// <summary>Gives every rank what rank 0 has.</summary>
    /// <exception cref="PeerLostException">A process is gone.</exception>
    public void Broadcast(Span<byte> bytes)
    {
        if (Rank > 0) Read(0, bytes);
        else for (var peer = 0; peer < _peers.Count; peer++) Write(peer, bytes);
    }

    /// <inheritdoc cref="Broadcast(Span{byte})"/>
    public long Broadcast(long value)
    {
        Broadcast(MemoryMarshal.AsBytes(new Span<long>(ref value)));
        return value;
    }

    /// <inheritdoc cref="Broadcast(Span{byte})"/>
    /// <param name="tensor">On any device; alike in shape and type on every rank.</param>
    public void Broadcast(Tensor tensor)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var here = tensor.device.type == DeviceType.CPU ? tensor : tensor.cpu();
        Broadcast(here.bytes);
        if (Rank > 0 && !ReferenceEquals(here, tensor)) tensor.copy_(here);
    }

    /// <summary>
    /// Puts the sum over all ranks in the place of each one's values: added in the order of the ranks, so the same bits
    /// everywhere.
    /// </summary>
    /// <exception cref="PeerLostException">A process is gone.</exception>
    public void AllReduce(Span<float> values)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        if (Rank > 0) Write(0, bytes);
        else
        {
            for (var peer = 0; peer < _peers.Count; peer++)
            {
                for (var done = 0; done < values.Length; done += ChunkFloats)
                {
                    var part = values[done..Math.Min(values.Length, done + ChunkFloats)];
                    var theirs = _chunk.AsSpan(0, part.Length * sizeof(float));
                    Read(peer, theirs);
                    Add(part, MemoryMarshal.Cast<byte, float>(theirs));
                }
            }
        }

        Broadcast(bytes);
    }

    /// <summary>The sum over all ranks.</summary>
    /// <exception cref="PeerLostException">A process is gone.</exception>
    public double AllReduce(double value)
    {
        if (Rank > 0) Write(0, MemoryMarshal.AsBytes(new ReadOnlySpan<double>(ref value)));
        else
        {
            for (var peer = 0; peer < _peers.Count; peer++)
            {
                double theirs = 0;
                Read(peer, MemoryMarshal.AsBytes(new Span<double>(ref theirs)));
                value += theirs;
            }
        }

        Broadcast(MemoryMarshal.AsBytes(new Span<double>(ref value)));
        return value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var peer in _peers) peer.Dispose();
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> more)
    {
        var done = 0;
        for (; done <= sum.Length - Vector<float>.Count; done += Vector<float>.Count)
            (new Vector<float>(sum[done..]) + new Vector<float>(more[done..])).CopyTo(sum[done..]);
        for (; done < sum.Length; done++) sum[done] += more[done];
    }

    private void Read(int peer, Span<byte> bytes)
    {
        try
        {
            _peers[peer].ReadExactly(bytes);
        }
        catch (IOException e)
        {
            throw new PeerLostException(RankOf(peer), e);
        }
    }

    private void Write(int peer, ReadOnlySpan<byte> bytes)
    {
        try
        {
            _peers[peer].Write(bytes);
        }
        catch (IOException e)
        {
            throw new PeerLostException(RankOf(peer), e);
        }
    }

    private int RankOf(int peer) => Rank > 0 ? 0 : peer + 1;
}
