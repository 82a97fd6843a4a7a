using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Observations;
using ScalingLab.Reporting.Drawing;
using ScalingLab.Reporting.Figures;

namespace ScalingLab.Reporting;

/// <summary>The figures of a fit of anyone's table, without a report round them.</summary>
public static class FitFigures
{
    /// <summary>
    /// Writes NAME.svg, .pdf, .png and .csv of every figure that <paramref name="fit"/> gives into
    /// <paramref name="folder"/>.
    /// </summary>
    /// <param name="fit">The fit.</param>
    /// <param name="observations">The observations it was made from; those that it excluded are left out here
    /// too.</param>
    /// <param name="folder">Made where absent.</param>
    /// <param name="stop">Stops between two figures.</param>
    public static async Task<FitFiguresOutcome> WriteAsync(
        FitDocument fit, IReadOnlyList<LossObservation> observations, string folder, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(observations);
        var excluded = fit.Input.Excluded.Select(e => e.Row).ToHashSet();
        var fitted = observations.Select((one, index) => one with { Row = one.Row ?? index + 1 })
            .Where(one => !excluded.Contains(one.Row!.Value)).ToList();
        var set = FigureSet.Create(fit, fitted);
        var files = new List<string>();
        Directory.CreateDirectory(folder);
        await FigureFiles.WriteAsync(set.Figures, folder, files, stop).ConfigureAwait(false);
        return new FitFiguresOutcome(
            [.. files.Select(f => Path.GetFileName(f))],
            [.. set.LeftOut.Select(f => $"{f.Name}: {f.Reason}")]);
    }
}

/// <summary>What was drawn, and what was not.</summary>
/// <param name="Files">File names in the folder, in the order written.</param>
/// <param name="LeftOut">Figures that this fit does not give, and why.</param>
public sealed record FitFiguresOutcome(IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut);
