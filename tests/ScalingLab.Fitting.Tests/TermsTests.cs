using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Laws.DataConstrained;
using ScalingLab.Fitting.Laws.Kaplan;
using ScalingLab.Fitting.Laws.OverTraining;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Tests;

/// <summary>The laws made of terms against finite differences of themselves.</summary>
public sealed class TermsTests
{
    private static readonly List<LossObservation> Sweep =
    [
        .. DataConstrainedTests.Sweep(DataConstrainedLaw.Muennighoff2023, 5)
            .Select((one, index) => one with { Loss = one.Loss * (1 + (0.02 * (index % 3))) }),
    ];

    [Theory]
    [InlineData("power", ResidualKind.Log)]
    [InlineData("power with a floor", ResidualKind.Linear)]
    [InlineData("over-training", ResidualKind.Log)]
    [InlineData("over-training", ResidualKind.Linear)]
    [InlineData("data-constrained", ResidualKind.Log)]
    [InlineData("data-constrained", ResidualKind.Linear)]
    public void Analytic_slopes_and_curvatures_are_those_of_the_cost(string kind, ResidualKind residuals)
    {
        double[] losses = [.. Sweep.Select(one => one.Loss)];
        (LossTerms law, double[] theta) = kind switch
        {
            "power" => (new PowerTerms([.. Sweep.Select(one => one.Parameters)], losses, false), [0.9, 0.2]),
            "power with a floor" =>
                (new PowerTerms([.. Sweep.Select(one => one.Parameters)], losses, true), [0.1, 0.3, 0.4]),
            "over-training" => (new OverTrainingTerms(Sweep), [0.4, 0.1, -0.2, 0.15]),
            _ => ((LossTerms)new DataConstrainedTerms(Sweep, null), new[] { 0.4, 0.1, 0.3, 0.31, 0.35, 2.1, 1.4 }),
        };
        // A delta beyond every residual keeps the cost smooth.
        var problem = new TermsProblem(law, losses, residuals, double.PositiveInfinity);
        CostDerivatives here = new(theta.Length), ahead = new(theta.Length), behind = new(theta.Length);
        problem.Evaluate(theta, problem.Delta, problem.Targets, here);
        for (var index = 0; index < theta.Length; index++)
        {
            const double Step = 1e-5;
            problem.Evaluate(Surfaces.Moved(theta, index, Step), problem.Delta, problem.Targets, ahead);
            problem.Evaluate(Surfaces.Moved(theta, index, -Step), problem.Delta, problem.Targets, behind);
            Assert.Equal((ahead.Value - behind.Value) / (2 * Step), here.Gradient[index], 1e-6 * here.Value);
            // The data-constrained terms bend in theta themselves, which the curvature leaves out.
            for (var row = 0; row <= index && kind != "data-constrained"; row++)
            {
                var bend = (ahead.Gradient[row] - behind.Gradient[row]) / (2 * Step);
                Assert.Equal(bend, here.Hessian[(row * theta.Length) + index], 1e-5 * here.Value * 10);
            }
        }
    }
}
