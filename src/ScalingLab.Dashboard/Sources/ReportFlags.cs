using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Sources;

/// <summary>
/// What reports flag runs as: the column flags of their runs.csv, read once for each report that flags any.
/// </summary>
internal sealed class ReportFlags
{
    private static readonly Dictionary<RunId, IReadOnlyList<string>> None = [];

    private readonly Dictionary<string, (DateTimeOffset? Reported,
        IReadOnlyDictionary<RunId, IReadOnlyList<string>> Runs)> _bySweep = [];

    /// <summary>Reads a sweep's where its report is another than the one that was read.</summary>
    public void Read(SweepSummary sweep, string folder)
    {
        if (_bySweep.TryGetValue(sweep.Name, out var known) && known.Reported == sweep.Reported) return;
        _bySweep[sweep.Name] =
            (sweep.Reported, sweep.Flagged > 0 ? ReadRunsCsv(Path.Combine(folder, "runs.csv")) : None);
    }

    /// <summary>The flags that are known.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<RunId, IReadOnlyList<string>>> BySweep() =>
        _bySweep.Where(s => s.Value.Runs.Count > 0).ToDictionary(s => s.Key, s => s.Value.Runs);

    private static Dictionary<RunId, IReadOnlyList<string>> ReadRunsCsv(string file)
    {
        try
        {
            return RunsCsv.Read(file).Where(r => r.Flags != RunDefects.None)
                .ToDictionary(r => new RunId(r.RunId), r => RunDefectNames.List(r.Flags));
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            // On another machine, or written by somebody else: the sweep's count still says that there are some.
            return None;
        }
    }
}
