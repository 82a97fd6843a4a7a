using System.Threading.Channels;

namespace ScalingLab.Dashboard.Live;

/// <summary>
/// One who watches a sweep: what was there on arrival, and then what comes. All share the bytes, so that many cost no
/// more than one.
/// </summary>
internal sealed class Subscriber(IReadOnlyList<byte[]> first, Action<Subscriber> leave) : IDisposable
{
    private const int MaxPendingEvents = 64; // events; who falls further behind begins anew

    private readonly Channel<byte[]> _events = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxPendingEvents) { SingleReader = true });

    /// <summary>The sweep as it stood on arrival, as events.</summary>
    public IReadOnlyList<byte[]> InitialEvents => first;

    /// <summary>What comes; ends where the sweep is no more, or this viewer fell behind.</summary>
    public ChannelReader<byte[]> Events => _events.Reader;

    /// <summary>Whether it was too slow for what came.</summary>
    public bool FellBehind { get; private set; }

    /// <summary>Tells it an event; false where it cannot take it, and nothing more.</summary>
    public bool Send(byte[] said)
    {
        if (_events.Writer.TryWrite(said)) return true;
        FellBehind = true;
        Complete();
        return false;
    }

    /// <summary>Nothing more will come.</summary>
    public void Complete() => _events.Writer.TryComplete();

    public void Dispose() => leave(this);
}
