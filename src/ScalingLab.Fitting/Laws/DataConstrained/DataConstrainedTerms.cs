using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Solvers;

namespace ScalingLab.Fitting.Laws.DataConstrained;

/// <summary>
/// The data-constrained law as terms: theta = (ln E, ln A', ln B', alpha, beta, ln R_D*, ln R_N*), A' and B' the terms'
/// sizes at the centre of ln N and ln D. A base law that is given keeps its five values.
/// </summary>
internal sealed class DataConstrainedTerms : LossTerms
{
    private const int Size = 7;

    private readonly double[] _logParameters;
    private readonly double[] _logUnique;
    private readonly double[] _repetitions;
    private readonly double _centreN;
    private readonly double _centreD;
    private readonly double[]? _given;

    public DataConstrainedTerms(IReadOnlyList<LossObservation> observations, ParametricLaw? given)
    {
        _logParameters = [.. observations.Select(one => Math.Log(one.Parameters))];
        _logUnique = [.. observations.Select(one => Math.Log(Unique(one)))];
        _repetitions = [.. observations.Select(one => (one.Tokens / Unique(one)) - 1)];
        _centreN = _logParameters.Average();
        _centreD = _logUnique.Average();
        LowestLoss = observations.Min(one => one.Loss);
        _given = given is null ? null : Theta(new DataConstrainedLaw(given, 1, 1));
    }

    public double LowestLoss { get; }

    public override int Unknowns => Size;

    public override int Terms => 3;

    public override double[] LongestStep => [1.5, 1.5, 1.5, 0.4, 0.4, 1, 1];

    public override ParameterBounds Bounds
    {
        get
        {
            var middle = Math.Log(LowestLoss);
            var (low, high) = (middle + Math.Log(1e-10), middle + Math.Log(1e10));
            const double Smallest = ParameterBounds.SmallestExponent, Largest = ParameterBounds.LargestExponent;
            double[] lows = [low, low, low, Smallest, Smallest, Math.Log(1e-2), Math.Log(1e-2)];
            double[] highs = [high, high, high, Largest, Largest, Math.Log(1e4), Math.Log(1e4)];
            for (var index = 0; index < 5 && _given is not null; index++)
                lows[index] = highs[index] = _given[index];
            return new(lows, highs);
        }
    }

    /// <summary>Distinct tokens of a run: no more than it trained on.</summary>
    public static double Unique(LossObservation one) => Math.Min(one.UniqueTokens!.Value, one.Tokens);

    public double[] Theta(DataConstrainedLaw law) =>
    [
        Math.Log(law.Base.E),
        Math.Log(law.Base.A) - (law.Base.Alpha * _centreN),
        Math.Log(law.Base.B) - (law.Base.Beta * _centreD),
        law.Base.Alpha,
        law.Base.Beta,
        Math.Log(law.TokensDecay),
        Math.Log(law.ParametersDecay),
    ];

    public DataConstrainedLaw Law(double[] theta) => new(
        new ParametricLaw(
            Math.Exp(theta[0]),
            Math.Exp(theta[1] + (theta[3] * _centreN)),
            Math.Exp(theta[2] + (theta[4] * _centreD)),
            theta[3],
            theta[4]),
        Math.Exp(theta[5]),
        Math.Exp(theta[6]));

    public override void Evaluate(int point, ReadOnlySpan<double> theta, Span<double> z, Span<double> slopes)
    {
        var (alpha, beta) = (theta[3], theta[4]);
        z[0] = theta[0];
        slopes[0] = 1;

        var tokens = Saturation.At(_repetitions[point], Math.Exp(theta[5]));
        var y = _logUnique[point] - _centreD + Math.Log(1 + tokens.Worth);
        z[2] = theta[2] - (beta * y);
        slopes[(2 * Size) + 2] = 1;
        slopes[(2 * Size) + 4] = -y;
        slopes[(2 * Size) + 5] = -beta * tokens.LogDecaySlope / (1 + tokens.Worth);

        // ln U_N - centre of ln N, from alpha A' e^(-alpha x) = beta B' e^(-beta y).
        var unique = _logUnique[point] - _centreD;
        var matched = (Math.Log(alpha) + theta[1] - Math.Log(beta) - theta[2] + (beta * unique)) / alpha;
        var size = _logParameters[point] - _centreN;
        slopes[Size + 1] = 1;
        if (size <= matched)
        {
            z[1] = theta[1] - (alpha * size);
            slopes[Size + 3] = -size;
            return;
        }

        // On its way a descent may think a model astronomically too large; beyond 10^12 times it makes no difference.
        var excess = Math.Exp(Math.Min(size - matched, 27));
        var parameters = Saturation.At(excess - 1, Math.Exp(theta[6]));
        var x = matched + Math.Log(1 + parameters.Worth);
        z[1] = theta[1] - (alpha * x);
        // d ln N' / d ln U_N; excess falls as U_N grows.
        var follows = -alpha * (1 - (parameters.Slope * excess / (1 + parameters.Worth)));
        slopes[Size + 1] += follows / alpha;
        slopes[Size + 2] = -follows / alpha;
        slopes[Size + 3] = (follows * ((1 / alpha) - matched) / alpha) - x;
        slopes[Size + 4] = follows * (unique - (1 / beta)) / alpha;
        slopes[Size + 6] = -alpha * parameters.LogDecaySlope / (1 + parameters.Worth);
    }
}
