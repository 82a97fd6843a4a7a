using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>A norm over the last dimension with its gain, and its bias where it has one.</summary>
internal sealed class Norm
{
    /// <summary>Added to the mean square under the root (Zhang and Sennrich's authors' and LLaMA's value).</summary>
    public const double RmsEpsilon = 1e-6;

    /// <summary>Added to the variance under the root (GPT-2's and PyTorch's value).</summary>
    public const double LayerEpsilon = 1e-5;

    private readonly NormKind _kind;
    private readonly Tensor _gain;
    private readonly Tensor? _bias;
    private readonly long[] _width;

    /// <summary>The norm of that name among the parameters.</summary>
    public Norm(NormKind kind, ParameterBuffer parameters, string name)
    {
        _kind = kind;
        _gain = parameters[name];
        _bias = parameters.Find(name + ".bias");
        _width = [_gain.shape[0]];
    }

    /// <summary>x brought to one scale, shaped as it is.</summary>
    public Tensor Forward(Tensor x) => _kind == NormKind.Rms
        ? Kernels.rms_norm(x, _gain, RmsEpsilon)
        : F.layer_norm(x, _width, _gain, _bias, LayerEpsilon);
}

/// <summary>A matrix [out, in] of the parameters, and its bias [out] where it has one.</summary>
internal sealed class Linear(ParameterBuffer parameters, string name)
{
    private readonly Tensor _weight = parameters[name];
    private readonly Tensor? _bias = parameters.Find(name + ".bias");

    /// <summary>[.., in] to [.., out].</summary>
    public Tensor Forward(Tensor x) => Kernels.linear(x, _weight, _bias);
}
