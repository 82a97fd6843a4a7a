using ScalingLab.Runs;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Tests;

/// <summary>
/// The papers' updates written out number by number in float64, with nothing of the product but the parts' places.
/// </summary>
/// <param name="recipe">Optimizer and its numbers.</param>
/// <param name="parts">What is updated by itself.</param>
/// <param name="weights">The weights at the beginning.</param>
/// <param name="paces">Of each weight, what the learning rate is multiplied with; the decay goes by the learning rate
/// alone.</param>
internal sealed class WrittenOptimizer(TrainingRecipe recipe, IReadOnlyList<ParameterPart> parts, double[] weights,
    double[] paces)
{
    private readonly double[] first = new double[weights.Length];
    private readonly double[] second = new double[weights.Length];

    public double[] Weights => weights;

    public void Step(int t, double rate, double[] gradient)
    {
        foreach (var part in parts)
        {
            var (start, count) = ((int)part.Start, (int)part.Count);
            var decay = part.Dimensions.Count == 2 ? recipe.WeightDecay : 0;
            var update = recipe.Optimizer switch
            {
                OptimizerKind.Adamw => Adam(t, recipe.Beta1, start, count, gradient),
                OptimizerKind.Lamb => Lamb(t, decay, start, count, gradient),
                OptimizerKind.Lion => Lion(start, count, gradient),
                OptimizerKind.Sgd => Heavy(start, count, gradient),
                OptimizerKind.Muon when part.IsHidden => Muon(part, gradient),
                OptimizerKind.Muon => Adam(t, 0.9, start, count, gradient),
                _ => throw new NotSupportedException($"{recipe.Optimizer} is not written out here"),
            };
            if (recipe.Optimizer == OptimizerKind.Lamb) decay = 0; // it is inside the update
            for (var i = 0; i < count; i++)
                weights[start + i] -= rate * ((paces[start + i] * update[i]) + (decay * weights[start + i]));
        }
    }

    private double[] Adam(int t, double beta1, int start, int count, double[] gradient)
    {
        var update = new double[count];
        for (var i = 0; i < count; i++)
        {
            var g = gradient[start + i];
            first[start + i] = (beta1 * first[start + i]) + ((1 - beta1) * g);
            second[start + i] = (recipe.Beta2 * second[start + i]) + ((1 - recipe.Beta2) * g * g);
            update[i] = first[start + i] / (1 - Math.Pow(beta1, t))
                / (Math.Sqrt(second[start + i] / (1 - Math.Pow(recipe.Beta2, t))) + recipe.Epsilon);
        }

        return update;
    }

    private double[] Lamb(int t, double decay, int start, int count, double[] gradient)
    {
        var update = Adam(t, recipe.Beta1, start, count, gradient);
        for (var i = 0; i < count; i++) update[i] += decay * weights[start + i];
        var (size, change) = (Norm(weights.AsSpan(start, count)), Norm(update));
        return [.. update.Select(u => u * size / change)];
    }

    private double[] Lion(int start, int count, double[] gradient)
    {
        var update = new double[count];
        for (var i = 0; i < count; i++)
        {
            var (m, g) = (first[start + i], gradient[start + i]);
            update[i] = Math.Sign((recipe.Beta1 * m) + ((1 - recipe.Beta1) * g));
            first[start + i] = (recipe.Beta2 * m) + ((1 - recipe.Beta2) * g);
        }

        return update;
    }

    private double[] Heavy(int start, int count, double[] gradient)
    {
        for (var i = start; i < start + count; i++) first[i] = (recipe.Beta1 * first[i]) + gradient[i];
        return first[start..(start + count)];
    }

    private double[] Muon(ParameterPart part, double[] gradient)
    {
        var (start, rows, columns) = ((int)part.Start, (int)part.Dimensions[0], (int)part.Dimensions[1]);
        var x = new double[rows, columns];
        for (var i = 0; i < rows * columns; i++)
        {
            first[start + i] = (recipe.Beta1 * first[start + i]) + gradient[start + i];
            x[i / columns, i % columns] = gradient[start + i] + (recipe.Beta1 * first[start + i]);
        }

        // a X + b X X^T X + c (X X^T)^2 X, whichever side is the smaller.
        var flat = x.Cast<double>().ToArray();
        var norm = Norm(flat) + 1e-7;
        x = Sum((1 / norm, x));
        for (var i = 0; i < 5; i++)
        {
            var cubic = Product(Product(x, Transposed(x)), x);
            var quintic = Product(Product(x, Transposed(x)), cubic);
            x = Sum((3.4445, x), (-4.7750, cubic), (2.0315, quintic));
        }

        return [.. x.Cast<double>().Select(v => v * 0.2 * Math.Sqrt(Math.Max(rows, columns)))];
    }

    private static double Norm(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (var value in values) sum += value * value;
        return Math.Sqrt(sum);
    }

    private static double[,] Sum(params (double Factor, double[,] Matrix)[] terms)
    {
        var sum = new double[terms[0].Matrix.GetLength(0), terms[0].Matrix.GetLength(1)];
        foreach (var (factor, matrix) in terms)
        {
            for (var i = 0; i < sum.GetLength(0); i++)
            {
                for (var j = 0; j < sum.GetLength(1); j++) sum[i, j] += factor * matrix[i, j];
            }
        }

        return sum;
    }

    private static double[,] Transposed(double[,] x)
    {
        var y = new double[x.GetLength(1), x.GetLength(0)];
        for (var i = 0; i < y.GetLength(0); i++)
        {
            for (var j = 0; j < y.GetLength(1); j++) y[i, j] = x[j, i];
        }

        return y;
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (var i = 0; i < product.GetLength(0); i++)
        {
            for (var k = 0; k < a.GetLength(1); k++)
            {
                for (var j = 0; j < product.GetLength(1); j++) product[i, j] += a[i, k] * b[k, j];
            }
        }

        return product;
    }
}
