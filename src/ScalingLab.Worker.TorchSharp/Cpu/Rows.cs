using System.Runtime.CompilerServices;

namespace ScalingLab.Torch;

/// <summary>
/// Where the rows of a tensor begin: numbers of its last dimension lie in order, the dimensions before it, three at
/// most, may lie anyhow.
/// </summary>
internal readonly record struct Rows(long Second, long Third, long FirstStep, long SecondStep, long ThirdStep)
{
    // one step from each row to the next
    private readonly bool _even = SecondStep == Third * ThirdStep && FirstStep == Second * SecondStep;

    /// <summary>Of a tensor of two to four dimensions.</summary>
    public static Rows From(Tensor x)
    {
        var (size, step, least) = (x.shape, x.stride(), 4 - (int)x.dim());
        long Size(int dimension) => dimension < least ? 1 : size[dimension - least];
        long Step(int dimension) => dimension < least ? 0 : step[dimension - least];
        var (second, third) = (Size(1), Size(2));
        var thirdStep = Step(2);
        var secondStep = second == 1 ? third * thirdStep : Step(1); // a dimension of one has no step to speak of
        return new(second, third, Size(0) == 1 ? second * secondStep : Step(0), secondStep, thirdStep);
    }

    public static bool Supports(Tensor x) => x.dim() is >= 2 and <= 4 && Host.Supports(x);

    /// <summary>From the first number to the first of that row.</summary>
    public long this[long row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_even) return row * ThirdStep;
            var third = row % Third;
            var before = row / Third;
            return (before / Second * FirstStep) + (before % Second * SecondStep) + (third * ThirdStep);
        }
    }
}
