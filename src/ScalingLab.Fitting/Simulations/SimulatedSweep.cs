using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Observations;

namespace ScalingLab.Fitting.Simulations;

/// <summary>A sweep that was not run: its cells, and the law that their losses would follow.</summary>
/// <param name="Law">The true law.</param>
/// <param name="Cells">Each N and D once; their losses are not looked at.</param>
public sealed record SimulatedSweep(ParametricLaw Law, IReadOnlyList<LossObservation> Cells)
{
    /// <summary>Standard deviation of ln loss round the law, the same for every run.</summary>
    public double Noise { get; init; }

    /// <summary>Runs of each cell.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The probability that a run spends its FLOPs and leaves no loss.</summary>
    public double Failures { get; init; }

    /// <summary>All runs, with those that fail.</summary>
    public int Runs => Cells.Count * Seeds;

    /// <summary>What they spend, FLOPs; a run that fails is taken to have spent its own.</summary>
    public double Flops => Seeds * Cells.Sum(cell => cell.Flops);

    /// <summary>
    /// The runs that did not fail, with fresh noise; the same for the same seed and trial on every machine.
    /// </summary>
    public IReadOnlyList<LossObservation> Draw(int seed, int trial)
    {
        var random = new SplitMix64(seed, trial);
        var runs = new List<LossObservation>(Runs);
        foreach (var cell in Cells)
        {
            for (var replicate = 1; replicate <= Seeds; replicate++)
            {
                // Both are drawn for every run, so that the noise of one does not hang on the fate of another.
                var (normal, fate) = (random.NextNormal(), random.NextDouble());
                if (fate < Failures) continue;
                runs.Add(cell with
                {
                    Loss = Law.Loss(cell.Parameters, cell.Tokens) * Math.Exp(Noise * normal),
                    Seed = InvariantText.Invariant($"{replicate}"),
                });
            }
        }

        return runs;
    }
}
