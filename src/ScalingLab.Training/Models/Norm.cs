using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>A norm over the last dimension with its gain, and its bias where it has one.</summary>
internal sealed class Norm
{
    private readonly NormKind _kind;
    private readonly Tensor _gain;
    private readonly Tensor? _bias;
    private readonly long[] _width;
    private readonly double _epsilon;

    /// <summary>The norm of that name among the parameters, of the shape's kind.</summary>
    public Norm(ModelShape shape, ParameterBuffer parameters, string name)
        : this(shape.Norm, shape.Epsilon, parameters, name)
    {
    }

    /// <summary>The norm of that name among the parameters.</summary>
    public Norm(NormKind kind, double epsilon, ParameterBuffer parameters, string name)
    {
        (_kind, _epsilon) = (kind, epsilon);
        _gain = parameters[name];
        _bias = parameters.Find(name + ".bias");
        _width = [_gain.shape[0]];
    }

    /// <summary>x brought to one scale, shaped as it is.</summary>
    public Tensor Forward(Tensor x) => _kind == NormKind.Rms
        ? Kernels.rms_norm(x, _gain, _epsilon)
        : F.layer_norm(x, _width, _gain, _bias, _epsilon);
}

/// <summary>A matrix [out, in] of the parameters, and its bias [out] where it has one.</summary>
internal sealed class Linear(ParameterBuffer parameters, string name)
{
    private readonly Tensor _weight = parameters[name];
    private readonly Tensor? _bias = parameters.Find(name + ".bias");

    /// <summary>[.., in] to [.., out].</summary>
    public Tensor Forward(Tensor x) => Kernels.linear(x, _weight, _bias);
}
