namespace ScalingLab.Fitting.Solvers;

/// <summary>Writes a cost, with its gradient and curvatures, at theta.</summary>
internal delegate void Cost(ReadOnlySpan<double> theta, CostDerivatives into);

/// <summary>A cost at one place, with its gradient and curvatures; of the matrices the upper triangles.</summary>
internal sealed class CostDerivatives(int unknowns)
{
    public double Value { get; set; }

    /// <summary>[unknowns].</summary>
    public double[] Gradient { get; } = new double[unknowns];

    /// <summary>[unknowns x unknowns], row-major.</summary>
    public double[] Hessian { get; } = new double[unknowns * unknowns];

    /// <summary>
    /// [unknowns x unknowns], the reweighted Gauss-Newton matrix (IRLS): positive semi-definite everywhere.
    /// </summary>
    public double[] GaussNewton { get; } = new double[unknowns * unknowns];

    public void Clear()
    {
        Value = 0;
        foreach (var part in (double[][])[Gradient, Hessian, GaussNewton])
            Array.Clear(part);
    }

    /// <summary>Makes sums means.</summary>
    public void DivideBy(int count)
    {
        Value /= count;
        foreach (var part in (double[][])[Gradient, Hessian, GaussNewton])
        {
            foreach (ref var one in part.AsSpan())
                one /= count;
        }
    }
}
