using System.Globalization;
using ScalingLab.Lab.Formatting;
using ScalingLab.Scheduling;
using ScalingLab.Scheduling.Policies;

namespace ScalingLab.Lab.Monitoring;

/// <summary>What happens on a node, as lines with the time in UTC: for a journal or a log file.</summary>
public sealed class NodeLog(TextWriter writer) : IProgress<SweepProgress>
{
    private readonly Lock _gate = new();

    public void Report(SweepProgress value)
    {
        var line = value switch
        {
            SweepProgress.Reported e => $"reported {e.Sweep}",
            SweepProgress.Told e => $"told {e.Who} that {e.Sweep} has ended",
            SweepProgress.Waiting e => $"waiting: {Quantity.Count(e.Runs, "run")} of {e.Sweep}: {e.Why.Describe()}",
            _ => ProgressLines.Format((run, model) => $"{model} {run}", value),
        };
        if (line is not null) WriteLine(line);
    }

    /// <summary>Says something else of the node, from whatever thread.</summary>
    public void WriteLine(string line)
    {
        lock (_gate)
        {
            writer.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} {line}"));
            writer.Flush();
        }
    }
}
