using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalingLab.Torch;

/// <summary>
/// What <see cref="FlatBuffer"/> does at a place, with sixteen numbers from there or as many as are left.
/// </summary>
internal interface IFlatUpdate
{
    void At(long i, int count);
}

/// <summary>Adam's moments, and the direction that they give, with both corrections.</summary>
internal readonly unsafe struct Adam
{
    private readonly float* _g, _m, _v;
    private readonly float _scale, _first, _firstShare, _second, _secondShare, _firstCorrection, _secondCorrection,
        _epsilon;

    public Adam(float* g, float* m, float* v, double beta1, double beta2, double eps, long step, double gradScale)
    {
        _g = g;
        _m = m;
        _v = v;
        (_scale, _epsilon) = ((float)gradScale, (float)eps);
        (_first, _firstShare, _firstCorrection) =
            ((float)beta1, (float)(1 - beta1), (float)(1 / (1 - Math.Pow(beta1, step))));
        (_second, _secondShare, _secondCorrection) =
            ((float)beta2, (float)(1 - beta2), (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))));
    }

    private Adam(Adam other, long first)
    {
        this = other;
        _g += first;
        _m += first;
        _v += first;
    }

    /// <summary>The same, whose first number is another's.</summary>
    public Adam From(long first) => new(this, first);

    /// <summary>Brings the moments on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(long i, int count)
    {
        var gradient = Vector16.Load(_g + i, count) * _scale;
        Vector16.Store((Vector16.Load(_m + i, count) * _first) + (gradient * _firstShare), _m + i, count);
        Vector16.Store((Vector16.Load(_v + i, count) * _second) + (gradient * gradient * _secondShare), _v + i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Direction(long i, int count) => Vector16.Load(_m + i, count) * _firstCorrection
        / ((Vector512.Sqrt(Vector16.Load(_v + i, count)) * _secondCorrection) + Vector512.Create(_epsilon));
}

/// <summary>AdamW: w = kept w - rate direction.</summary>
internal readonly unsafe struct AdamWUpdate(float* w, Adam adam, float rate, float kept) : IFlatUpdate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At(long i, int count)
    {
        adam.Step(i, count);
        Vector16.Store((Vector16.Load(w + i, count) * kept) - (adam.Direction(i, count) * rate), w + i, count);
    }
}

/// <summary>LAMB, whose moments are there: w = w - rate (direction + decay w).</summary>
internal readonly unsafe struct LambUpdate(float* w, Adam adam, float rate, float decay) : IFlatUpdate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At(long i, int count)
    {
        var weight = Vector16.Load(w + i, count);
        Vector16.Store(weight - ((adam.Direction(i, count) + (weight * decay)) * rate), w + i, count);
    }
}

/// <summary>Lion: w = kept w - rate sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 - beta2) g.</summary>
internal readonly unsafe struct LionUpdate(float* w, float* g, float* m, double beta1, double beta2, float rate,
    float kept, float scale) : IFlatUpdate
{
    private readonly float _first = (float)beta1, _firstShare = (float)(1 - beta1);
    private readonly float _second = (float)beta2, _secondShare = (float)(1 - beta2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At(long i, int count)
    {
        var (gradient, mean) = (Vector16.Load(g + i, count) * scale, Vector16.Load(m + i, count));
        var direction = (mean * _first) + (gradient * _firstShare);
        // Zero has no sign.
        var isZero = Vector512.Equals(direction, Vector512<float>.Zero);
        var step = Vector512.CopySign(Vector512.Create(rate), direction) & ~isZero;
        Vector16.Store((mean * _second) + (gradient * _secondShare), m + i, count);
        Vector16.Store((Vector16.Load(w + i, count) * kept) - step, w + i, count);
    }
}

/// <summary>Descent with momentum: v = momentum v + g; w = kept w - rate v.</summary>
internal readonly unsafe struct SgdUpdate(float* w, float* g, float* v, float momentum, float rate, float kept,
    float scale) : IFlatUpdate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At(long i, int count)
    {
        var velocity = (Vector16.Load(v + i, count) * momentum) + (Vector16.Load(g + i, count) * scale);
        Vector16.Store(velocity, v + i, count);
        Vector16.Store((Vector16.Load(w + i, count) * kept) - (velocity * rate), w + i, count);
    }
}

/// <summary>Nesterov's momentum: m = mu m + g; direction = g + mu m.</summary>
internal readonly unsafe struct NesterovUpdate(float* g, float* m, float* direction, float mu, float scale)
    : IFlatUpdate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At(long i, int count)
    {
        var gradient = Vector16.Load(g + i, count) * scale;
        var momentum = (Vector16.Load(m + i, count) * mu) + gradient;
        Vector16.Store(momentum, m + i, count);
        Vector16.Store(gradient + (momentum * mu), direction + i, count);
    }
}
