using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch;

// The updates against their plain forms in float64.
public static partial class KernelCheck
{
    private const double Rate = 3e-3;
    private const double Beta1 = 0.9;
    private const double Clip = 1;
    private const double Decay = 0.1;
    private const int Step = 7;

    /// <summary>
    /// A rule over weights and moments, on the device and in float64; the moments begin small, the second one positive.
    /// </summary>
    private sealed record Rule(
        string Name, int Moments, double Beta2, double Allowed,
        Action<Tensor[], Tensor, Tensor, Tensor, Tensor> OnDevice,
        Action<Tensor[], Tensor, double> Exact);

    private static Rule[] Rules(long length, Device device)
    {
        // Tensors of odd lengths, one of a single weight that is zero.
        (long, double)[] parts = length < 3 ? [(length, Decay)]
            : [(length / 3, Decay), (1, 0), (length - (length / 3) - 1, Decay)];
        var tables = new LambTables(parts, device);
        return
        [
            new("adamw_", 2, 0.95, 1e-6,
                (s, g, copy, control, norm) =>
                CudaBlocks.adamw_(s[0], g, s[1], s[2], copy, control, norm, Clip, Beta1, 0.95, 1e-8, Decay),
                (s, g, scale) => Composites.adamw_(s[0], g, s[1], s[2], Rate, Beta1, 0.95, 1e-8, Decay, Step, scale)),
            new("lion_", 1, 0.99, 1e-5, // of a million signs one may be on the other side of zero
                (s, g, copy, control, norm) =>
                CudaBlocks.lion_(s[0], g, s[1], copy, control, norm, Clip, Beta1, 0.99, Decay),
                (s, g, scale) => Composites.lion_(s[0], g, s[1], Rate, Beta1, 0.99, Decay, scale)),
            new("sgd_", 1, 0, 1e-6,
                (s, g, copy, control, norm) => CudaBlocks.sgd_(s[0], g, s[1], copy, control, norm, Clip, Beta1, Decay),
                (s, g, scale) => Composites.sgd_(s[0], g, s[1], Rate, Beta1, Decay, scale)),
            new("lamb_", 2, 0.999, 1e-6,
                (s, g, copy, control, norm) =>
                CudaBlocks.lamb_(s[0], g, s[1], s[2], copy, tables, control, norm, Clip, Beta1, 0.999, 1e-6),
                (s, g, scale) => Composites.lamb_(s[0], g, s[1], s[2], parts, Rate, Beta1, 0.999, 1e-6, Step, scale)),
        ];
    }

    private static List<KernelError> Updates(long length, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var errors = new List<KernelError>();
        foreach (var rule in Rules(length, device))
        {
            try
            {
                errors.AddRange(Errors(rule, length, type, device));
            }
            catch (TorchException e)
            {
                errors.Add(DidNotRun(rule.Name, type, $"{length}", e));
            }
        }

        return errors;
    }

    private static List<KernelError> Errors(Rule rule, long length, ScalarType type, Device device)
    {
        var slack = length < 10 ? 1e4 : 1; // so few numbers may cancel
        var errors = new List<KernelError>();
        Tensor Float(double size) => randn([length], device: device) * size;
        Tensor[] state = [Float(1), Float(0.1), .. rule.Moments > 1 ? (Tensor[])[Float(0.1).square()] : []];
        if (length >= 3) state[0].narrow(0, length / 3, 1).zero_();
        var exact = state.Select(t => t.to(ScalarType.Float64)).ToArray();
        var (gradient, copy, norm) = (Float(3), empty([length], type, device), empty([1], ScalarType.Float32, device));
        var size = Math.Sqrt(Composites.squared_norm(gradient));
        CudaBlocks.norm(gradient, norm);
        Add("norm", norm, tensor([size], device: device), 1e-6);
        var control = ControlOf(rule.Beta2, device);
        rule.OnDevice(state, gradient, copy, control, norm);
        rule.Exact(exact, gradient, Math.Min(1, Clip / size));
        string[] names = ["weight", "first moment", "second moment"];
        for (var i = 0; i < state.Length; i++) Add(names[i], state[i], exact[i], rule.Allowed);
        Add("copy", copy, state[0].to(type), 0);

        var before = state.Append(copy).Select(t => t.clone()).ToArray();
        gradient.narrow(0, length - 1, 1).fill_(double.PositiveInfinity);
        CudaBlocks.norm(gradient, norm);
        rule.OnDevice(state, gradient, copy, control, norm);
        for (var i = 0; i < before.Length; i++)
            Add("after a gradient that is no number", state.Append(copy).ElementAt(i), before[i], 0);
        return errors;

        void Add(string result, Tensor one, Tensor truth, double allowed) =>
            errors.Add(new KernelError(rule.Name, type, $"{length}", result, Distance(one, truth), allowed * slack));
    }

    /// <summary>Muon's three parts on matrices [matrices, rows, columns].</summary>
    private static List<KernelError> Orthogonal(long[] shape, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var (errors, words) = (new List<KernelError>(), string.Join(" x ", shape));
        var isBf16 = type == ScalarType.BFloat16;
        try
        {
            Tensor Float(double size) => randn(shape, device: device) * size;
            var (weight, gradient, momentum, direction) = (Float(1), Float(3), Float(1), empty(shape, type, device));
            var norm = empty([1], ScalarType.Float32, device);
            var (exactMomentum, exactDirection) =
                (momentum.to(ScalarType.Float64), empty(shape, ScalarType.Float64, device));
            CudaBlocks.norm(gradient, norm);
            CudaBlocks.nesterov_(gradient, momentum, direction, norm, Clip, 0.95);
            Composites.nesterov_(gradient.to(ScalarType.Float64), exactMomentum, exactDirection, 0.95,
                Math.Min(1, Clip / Math.Sqrt(Composites.squared_norm(gradient))));
            Add("nesterov_", "momentum", momentum, exactMomentum, 1e-6);
            Add("nesterov_", "direction", direction, exactDirection, isBf16 ? 5e-3 : 1e-6);

            // Rounding is multiplied with what small singular values are: by up to 3.4 an iteration.
            var orthogonal = CudaBlocks.orthogonalize(direction);
            Add("orthogonalize", "result", orthogonal, Composites.orthogonalize(direction.to(ScalarType.Float64)),
                isBf16 ? 1e-1 : 1e-4);

            var (exact, copy, control) =
                (weight.to(ScalarType.Float64), empty(shape, type, device), ControlOf(0.95, device));
            CudaBlocks.muon_(weight, orthogonal, copy, control, norm, 2.5, Decay);
            exact.mul_(1 - (Rate * Decay)).add_(orthogonal.to(ScalarType.Float64), -Rate * 2.5);
            Add("muon_", "weight", weight, exact, 1e-6);
            Add("muon_", "copy", copy, weight.to(type), 0);

            var before = weight.clone();
            norm.fill_(double.NaN);
            CudaBlocks.muon_(weight, orthogonal, copy, control, norm, 2.5, Decay);
            Add("muon_", "after a gradient that is no number", weight, before, 0);
        }
        catch (TorchException e)
        {
            errors.Add(DidNotRun("muon_", type, words, e));
        }

        return errors;

        void Add(string kernel, string result, Tensor one, Tensor truth, double allowed) =>
            errors.Add(new KernelError(kernel, type, words, result, Distance(one, truth), allowed));
    }

    private static Tensor ControlOf(double beta2, Device device) =>
        tensor([(float)Rate, (float)(1 / (1 - Math.Pow(Beta1, Step))), (float)(1 / (1 - Math.Pow(beta2, Step)))],
            device: device);
}
