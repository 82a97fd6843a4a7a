using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Scheduling;

/// <summary>
/// Windows as the ledger has them, each read once. One that cannot be read (a time zone that this machine lacks) is
/// said, and always shut.
/// </summary>
internal sealed class WindowCache(Action<SweepProgress> report)
{
    private readonly Dictionary<string, TimeWindow> _read = [];
    // in which it stays as it is
    private readonly Dictionary<string, (DateTimeOffset From, DateTimeOffset? To)> _spans = [];

    public TimeWindow Find(string text)
    {
        if (_read.TryGetValue(text, out var known)) return known;
        try
        {
            return _read[text] = TimeWindow.Parse(text);
        }
        catch (InputException e)
        {
            report(new SweepProgress.Trouble($"nothing of it is started here: {e.Message}"));
            return _read[text] = TimeWindow.Never;
        }
    }

    /// <summary>When it next opens or closes; null where it never does.</summary>
    public DateTimeOffset? NextTransition(string text, DateTimeOffset now)
    {
        if (_spans.TryGetValue(text, out var span) && span.From <= now && !(span.To <= now)) return span.To;
        var window = Find(text);
        var edge = window.Contains(now) ? window.NextClosing(now) : window.NextOpening(now);
        _spans[text] = (now, edge);
        return edge;
    }
}
