using static System.FormattableString;

namespace ScalingLab.Runs.Models;

/// <summary>
/// The finished model whose weights a run begins with, in the place of random ones: training goes on from it on the
/// run's own text (Hernandez et al. 2021, arXiv 2102.01293).
/// </summary>
/// <param name="Hash">SHA-256 of its settings and weights, lower-case hexadecimal.</param>
/// <param name="Shape">What model it is.</param>
public sealed record StartingModel(string Hash, ModelShape Shape)
{
    /// <summary>
    /// Why a run of that shape cannot begin with it: each property that is another, with both values. Rotary positions
    /// have no weights, so that the run's context may be shorter.
    /// </summary>
    public IEnumerable<string> Differences(ModelShape run)
    {
        var context = run.Positions == PositionKind.Rotary ? Math.Min(run.Context, Shape.Context) : Shape.Context;
        var here = Shape with { Context = context };
        if (here == run) yield break;
        foreach (var property in typeof(ModelShape).GetProperties().Where(p => p.CanWrite))
        {
            var (its, wanted) = (property.GetValue(here), property.GetValue(run));
            if (!Equals(its, wanted))
                yield return Invariant($"{property.Name.ToLowerInvariant()} {its}, the run's {wanted}");
        }
    }
}
