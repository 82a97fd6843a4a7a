using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;

namespace ScalingLab.Cli.Execution;

/// <summary>The preparation of a grid as somebody looks on.</summary>
internal static class GridPreparation
{
    /// <inheritdoc cref="PreparedSweep.Prepare"/>
    /// <remarks>Progress and notes go to standard error.</remarks>
    public static Task<PreparedSweep> PrepareAsync(Screen screen, LabHome home, GridRequest given,
        CancellationToken stop) =>
        LongOperation.RunAsync(screen, $"preparing {given.File}",
            work => PreparedSweep.Prepare(home, given, work.WriteLine, work.SetStage, stop), stop);
}
