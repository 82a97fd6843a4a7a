using ScalingLab.Fitting.Laws;

namespace ScalingLab.Fitting.Designs;

/// <summary>
/// A design under change: for each law the covariance of its unknowns, and what one run more or less does to the
/// variance of the target (Sherman and Morrison 1950).
/// </summary>
internal sealed class DesignState
{
    private const int Size = 5;

    private readonly List<Member> _laws = [];

    public DesignState(DesignRequest request)
    {
        var (centreN, centreD) = Centre(request);
        foreach (var law in request.Laws)
        {
            if (Member.Create(request, new LawInformation(law, centreN, centreD, request.Noise)) is { } member)
                _laws.Add(member);
        }

    }

    private DesignState(DesignState from)
    {
        _laws.AddRange(from._laws.Select(one => one with { Covariance = [.. one.Covariance] }));
    }

    /// <summary>Whether some law has such a target at all.</summary>
    public bool HasLaws => _laws.Count > 0;

    /// <summary>Standard error of the target, the geometric mean over the laws.</summary>
    public double Error => Math.Exp(MeanLogVariance() / 2);

    public DesignState Copy() => new(this);

    /// <summary>By how much the mean of ln variance falls with one more run of a candidate.</summary>
    public double Gain(int candidate)
    {
        var sum = 0.0;
        Span<double> image = stackalloc double[Size];
        foreach (var law in _laws)
        {
            var (variance, across, own) = law.Look(candidate, image);
            sum += Math.Log(Math.Max(1 - (across * across / ((1 + own) * variance)), 1e-12));
        }

        return -sum / _laws.Count;
    }

    /// <summary>Makes one run of a candidate, or takes one back.</summary>
    public void Change(int candidate, int sign)
    {
        Span<double> image = stackalloc double[Size];
        foreach (var law in _laws)
        {
            var (_, _, own) = law.Look(candidate, image);
            var factor = sign / (1 + (sign * own));
            for (var row = 0; row < Size; row++)
            {
                for (var column = 0; column < Size; column++)
                    law.Covariance[(row * Size) + column] -= factor * image[row] * image[column];
            }
        }
    }

    /// <summary>Mean over the laws of ln of the target's variance.</summary>
    public double MeanLogVariance()
    {
        Span<double> image = stackalloc double[Size];
        var sum = 0.0;
        foreach (var law in _laws) sum += Math.Log(law.Variance(image));
        return sum / _laws.Count;
    }

    private static (double N, double D) Centre(DesignRequest request)
    {
        var places = request.Made.Count > 0 ? request.Made
            : [.. request.Candidates.Select(one => (one.Parameters, one.Tokens))];
        return (places.Average(one => Math.Log(one.Parameters)), places.Average(one => Math.Log(one.Tokens)));
    }

    /// <param name="Covariance">Of the law's unknowns: [5 x 5].</param>
    /// <param name="Target">The target's slope: [5].</param>
    /// <param name="Slopes">Of each candidate, over the noise: [5].</param>
    private sealed record Member(double[] Covariance, double[] Target, double[][] Slopes)
    {
        public static Member? Create(DesignRequest request, LawInformation information)
        {
            if (information.Slope(request.Target) is not { } target) return null;
            foreach (var (parameters, tokens) in request.Made)
                information.Add(information.Slope(parameters, tokens), 1);
            return information.Covariance() is not { } covariance ? null
                : new Member(covariance, target,
                    [.. request.Candidates.Select(one => information.Slope(one.Parameters, one.Tokens))]);
        }

        public double Variance(Span<double> image)
        {
            Multiply(Target, image);
            return Dot(image, Target);
        }

        /// <summary>
        /// The target's variance c'Vc, c'Vg and g'Vg of the candidate's slope g; V g into <paramref name="image"/>.
        /// </summary>
        public (double Variance, double Across, double Own) Look(int candidate, Span<double> image)
        {
            var variance = Variance(image);
            var slope = Slopes[candidate];
            var across = Dot(image, slope);
            Multiply(slope, image);
            return (variance, across, Dot(image, slope));
        }

        private void Multiply(double[] vector, Span<double> image)
        {
            for (var row = 0; row < Size; row++)
            {
                var sum = 0.0;
                for (var column = 0; column < Size; column++)
                    sum += Covariance[(row * Size) + column] * vector[column];
                image[row] = sum;
            }
        }

        private static double Dot(Span<double> one, double[] other)
        {
            var sum = 0.0;
            for (var index = 0; index < Size; index++) sum += one[index] * other[index];
            return sum;
        }
    }
}
