using System.Threading.Channels;

namespace ScalingLab.Dashboard.Live;

/// <summary>
/// One who watches a sweep: what was there on arrival, and then what comes. All share the bytes, so that many cost no
/// more than one.
/// </summary>
internal sealed class Viewer(IReadOnlyList<byte[]> first, Action<Viewer> leave) : IDisposable
{
    private const int MostWaiting = 64; // events; who falls further behind begins anew

    private readonly Channel<byte[]> _news = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>The sweep as it stood on arrival, as events.</summary>
    public IReadOnlyList<byte[]> First => first;

    /// <summary>What comes; ends where the sweep is no more, or this viewer fell behind.</summary>
    public ChannelReader<byte[]> News => _news.Reader;

    /// <summary>Whether it was too slow for what came.</summary>
    public bool FellBehind { get; private set; }

    /// <summary>Tells it an event; false where it cannot take it, and nothing more.</summary>
    public bool Tell(byte[] said)
    {
        if (_news.Writer.TryWrite(said)) return true;
        FellBehind = true;
        End();
        return false;
    }

    /// <summary>Nothing more will come.</summary>
    public void End() => _news.Writer.TryComplete();

    public void Dispose() => leave(this);
}
