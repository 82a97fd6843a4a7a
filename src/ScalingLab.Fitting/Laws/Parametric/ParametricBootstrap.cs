using System.Collections.Concurrent;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.Parametric;

/// <summary>Resamples the runs with replacement and fits again, from the full fit's optimum.</summary>
internal static class ParametricBootstrap
{
    /// <summary>
    /// The laws of the draws that converged, in draw order, and how many did not. The threads change no bit.
    /// </summary>
    public static (IReadOnlyList<ParametricLaw> Draws, int Failures) Draw(ParametricCost cost, RunGroups runs,
        MinimizerResult optimum, FitOptions options)
    {
        var problem = cost.Problem;
        // Rows by the hundred thousand are not asked of the memory anew for each of some thousand draws.
        var spare = new ConcurrentBag<(double[] Weights, ParametricProblem Rows)>();
        var laws = ParallelWork.Map("parametric law, bootstrap", options.Bootstrap, options, draw =>
        {
            var random = new SplitMix64(options.Seed, draw);
            var room = spare.TryTake(out var free) ? free
                : (Weights: new double[problem.Count], Rows: problem.ForDraws());
            runs.Weigh(ref random, room.Weights);
            var descent = cost.DescendDrawn(optimum.Theta, room.Weights, room.Rows);
            spare.Add(room);
            return descent.Converged ? problem.Law(descent.Theta) : null;
        });
        ParametricLaw[] kept = [.. laws.OfType<ParametricLaw>()];
        return (kept, laws.Length - kept.Length);
    }
}
