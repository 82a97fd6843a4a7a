using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;

namespace ScalingLab.Reporting.Analysis;

/// <summary>What a results folder holds of a sweep, for who goes on from it.</summary>
/// <param name="Name">The sweep's name.</param>
/// <param name="GridJson">The grid as it was run; null where fit.json does not have it.</param>
/// <param name="GridPath">The grid's file, relative to the repository's root; null where it is not known.</param>
/// <param name="TrainTokens">Tokens of training text; null where it is not known.</param>
/// <param name="Runs">The rows of runs.csv, flagged anew.</param>
/// <param name="Curves">The rows of curves.csv.</param>
public sealed record MeasuredSweep(
    string Name, string? GridJson, string? GridPath, long? TrainTokens, IReadOnlyList<RunRow> Runs,
    IReadOnlyList<CurveRow> Curves)
{
    /// <summary>Reads runs.csv, curves.csv and fit.json.</summary>
    /// <exception cref="InputException">A file is missing or damaged: every problem.</exception>
    public static MeasuredSweep Read(string folder)
    {
        var table = SweepTable.Read(folder);
        return new MeasuredSweep(table.Name, table.About.Grid?.ToJsonString(), table.About.GridPath,
            table.About.Data?.TrainTokens, table.Runs, table.Curves);
    }
}
