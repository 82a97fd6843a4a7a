using ScalingLab.Fitting.Designs;
using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Runs;
using ScalingLab.Runs.Extensions;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Models;

namespace ScalingLab.Lab.Designs;

/// <summary>A run that a grid could have, with the seeds that are free for it.</summary>
public sealed record CandidateCell(GridModel Model, GridLength Length, RunCandidate Run, IReadOnlyList<int> Seeds);

/// <summary>
/// The cells among which the next runs are chosen: the sweep's own shapes and presets, each at the sweep's own budgets
/// and at four a decade, where the law may still be trusted. Optimal designs go to the ends of what they are given, so
/// these ends matter: N and D at most a factor beyond the runs that are sound, D / N within theirs, the text read at
/// most four times.
/// </summary>
internal sealed class CandidateCells(GridExtension grid, IReadOnlyList<FitResidual> sound)
{
    private const int StepsADecade = 4;
    private const double MostPasses = 4;

    /// <summary>How far N and D may lie outside the sound runs, a factor.</summary>
    public double Reach { get; init; } = 4;

    /// <summary>Tokens of training text; null where it is not known.</summary>
    public double? TrainTokens { get; init; }

    /// <summary>Seeds that a cell may have.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = grid.Grid.Seeds;

    /// <summary>All of them, each within the budget.</summary>
    /// <param name="presets">Names of presets; null: those of the ladder.</param>
    /// <param name="budget">The most that a run may cost, FLOPs.</param>
    /// <exception cref="InputException">There is no preset of such a name.</exception>
    public IReadOnlyList<CandidateCell> Find(IReadOnlyList<string>? presets, double budget)
    {
        var own = grid.Grid.Models;
        var others = presets ?? [.. ModelPresets.Ladder.Select(one => one.Name)];
        var models = presets is null ? own : [.. own.Where(one => presets.Contains(one.Name))];
        var names = own.Select(one => one.Name).ToHashSet();
        models = [.. models, .. GridExtension.Presets([.. others.Where(name => !names.Contains(name))], "--sizes")];
        var taken = grid.Own.ToLookup(one => (one.Model, one.Length), one => one.Seed);
        var cells = new List<CandidateCell>();
        foreach (var length in Lengths(budget))
        {
            foreach (var model in models)
            {
                if (grid.Find(model, length) is not { } cell || !Allows(cell.Spec, budget)) continue;
                List<int> free = [.. Seeds.Except(taken[(model.Name, (length.Kind, length.Value))])];
                if (free.Count == 0) continue;
                cells.Add(new CandidateCell(model, length, new RunCandidate(
                    ParameterCount.For(cell.Spec.Shape).WithHead, cell.Spec.Tokens, cell.Spec.Flops, free.Count),
                    free));
            }
        }

        // A length of the grid and one of the ladder may be the same run.
        return [.. cells.DistinctBy(one => (one.Model.Name, one.Run.Tokens))];
    }

    private List<GridLength> Lengths(double budget)
    {
        var own = grid.Grid.Lengths.ToList();
        var (low, high) = (Math.Log10(sound.Min(one => one.Flops)), Math.Log10(budget));
        foreach (var step in Enumerable.Range((int)Math.Floor(low * StepsADecade),
            Math.Max(0, (int)Math.Ceiling((high - low) * StepsADecade) + 2)))
        {
            var digits = (step % StepsADecade) switch { 0 => 1.0, 1 => 1.8, 2 => 3.2, _ => 5.6 };
            var flops = double.Parse(FormattableString.Invariant($"{digits}e{step / StepsADecade}"),
                System.Globalization.CultureInfo.InvariantCulture);
            // One within a tenth of a budget of the sweep's own would be a second name for it.
            if (own.TrueForAll(one => one.Kind != GridLengthKind.Flops || Math.Abs((one.Value / flops) - 1) > 0.1))
                own.Add(new GridLength(GridLengthKind.Flops, flops));
        }

        return own;
    }

    private bool Allows(RunSpec spec, double budget)
    {
        double n = ParameterCount.For(spec.Shape).WithHead, d = spec.Tokens;
        bool Within(double value, Func<FitResidual, double> of, double reach) =>
            value >= sound.Min(of) / reach && value <= sound.Max(of) * reach;
        return spec.Flops <= budget && d <= MostPasses * (TrainTokens ?? double.PositiveInfinity)
            && Within(n, one => one.Parameters, Reach) && Within(d, one => one.Tokens, Reach)
            && Within(d / n, one => one.Tokens / one.Parameters, 1.001);
    }
}
