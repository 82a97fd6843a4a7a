using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;

namespace ScalingLab.Training.Parameters;

/// <summary>
/// All parameters as one flat tensor, all gradients as another: the optimizer is one pass over memory instead of a
/// dozen small operations a tensor, and a checkpoint is one array. In bf16 the flat fp32 tensor holds the master
/// weights and the model reads a bf16 copy.
/// </summary>
public sealed class ParameterBuffer : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly Dictionary<string, Tensor> _gradients = [];
    private readonly Tensor? _weights16;
    private readonly Tensor? _gradients16;

    /// <summary>
    /// Makes the parameters, initialised from <paramref name="seed"/> on the CPU, so that every device begins alike.
    /// </summary>
    /// <param name="specs">Their names and shapes.</param>
    /// <param name="precision">What the model computes in.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="seed">Decides their beginning.</param>
    /// <param name="fused">
    /// Whether the model adds gradients to <see cref="Gradient"/> itself (<see cref="CudaBlocks"/>) and there is no
    /// other gradient: asked for once weights are drawn, after which the device is used; null: it does not.
    /// </param>
    public ParameterBuffer(IReadOnlyList<ParameterSpec> specs, Precision precision, Device device, int seed,
        Task<bool>? fused = null)
    {
        Specs = specs;
        Count = specs.Sum(s => s.Count);
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            var drawn = Initial(specs, Count, seed);
            Fused = fused?.GetAwaiter().GetResult() ?? false;
            var master = drawn.to(device);
            Master = master.DetachFromDisposeScope();
            Gradient = zeros_like(master).DetachFromDisposeScope();
            if (precision != Precision.Fp32)
            {
                _weights16 = master.to(precision == Precision.Fp16 ? ScalarType.Float16 : ScalarType.BFloat16)
                    .DetachFromDisposeScope();
                if (!Fused) _gradients16 = zeros_like(_weights16).DetachFromDisposeScope();
            }

            long offset = 0;
            foreach (var spec in specs)
            {
                var weight = (_weights16 ?? Master).narrow(0, offset, spec.Count).view(spec.Dimensions).detach()
                    .requires_grad_(true);
                var gradient = (_gradients16 ?? Gradient).narrow(0, offset, spec.Count).view(spec.Dimensions);
                if (Fused) _gradients.Add(spec.Name, gradient.DetachFromDisposeScope());
                else weight.grad = gradient;
                _weights.Add(spec.Name, weight.DetachFromDisposeScope());
                offset += spec.Count;
            }
        }
    }

    /// <summary>Parameters that are all zeros, to be filled: nothing is drawn that is then overwritten.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="fused">As in the constructor.</param>
    public static ParameterBuffer Zeros(ModelShape shape, Precision precision, Device device,
        Task<bool>? fused = null) =>
        new([.. ParameterSpec.For(shape).Select(spec => spec with { InitialStd = 0 })], precision, device, seed: 0,
            fused);

    /// <summary>The tensors' names and shapes, in the order in which they lie.</summary>
    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>Number of values.</summary>
    public long Count { get; }

    /// <summary>fp32 weights, [Count].</summary>
    public Tensor Master { get; }

    /// <summary>fp32 gradient of the whole batch, [Count].</summary>
    public Tensor Gradient { get; }

    /// <summary>The bf16 copy that the model reads, [Count]; null in fp32.</summary>
    public Tensor? Copy => _weights16;

    /// <summary>Whether the model adds its gradients to <see cref="Gradient"/> itself.</summary>
    public bool Fused { get; }

    /// <summary>The tensor of that name with its fp32 gradient, for fused blocks.</summary>
    public Weight WeightOf(string name) => new(_weights[name], _gradients[name]);

    /// <summary>As <see cref="WeightOf"/>; null where the model has no such tensor.</summary>
    public Weight? FindWeight(string name) => _weights.ContainsKey(name) ? WeightOf(name) : null;

    /// <summary>
    /// The tensor of that name as the model computes with it: a view, fp32 or bf16, whose gradient lands in the flat
    /// gradient.
    /// </summary>
    public Tensor this[string name] => _weights[name];

    /// <summary>The fp32 weights of that name: a view of <see cref="Master"/>.</summary>
    public Tensor MasterOf(string name)
    {
        long offset = 0;
        foreach (var spec in Specs)
        {
            if (spec.Name == name) return Master.narrow(0, offset, spec.Count).view(spec.Dimensions);
            offset += spec.Count;
        }

        throw new KeyNotFoundException(name);
    }

    /// <summary>As the indexer; null where the model has no such tensor.</summary>
    public Tensor? Find(string name) => _weights.GetValueOrDefault(name);

    /// <summary>Sets the batch's gradient to zero.</summary>
    public void ClearGradient()
    {
        Gradient.zero_();
        _gradients16?.zero_();
    }

    /// <summary>Bytes of a weight as the model reads it.</summary>
    public long ElementBytes => (_weights16 ?? Master).element_size();

    /// <summary>Whether a tensor belongs to no block: embeddings, the last norm, the head.</summary>
    public static bool IsOutsideBlocks(string name) => !name.StartsWith("blocks.", StringComparison.Ordinal);

    /// <summary>
    /// Adds the 16-bit gradients of some tensors to the fp32 sum, in the middle of a pass: sums in fp32 do not lose
    /// small parts.
    /// </summary>
    /// <param name="which">Whether a name is meant.</param>
    public void AccumulateGradient(Func<string, bool> which)
    {
        if (_gradients16 is null) return;
        long offset = 0;
        using var quiet = no_grad();
        foreach (var spec in Specs)
        {
            if (which(spec.Name))
            {
                using var scope = NewDisposeScope();
                var part = _gradients16.narrow(0, offset, spec.Count);
                Gradient.narrow(0, offset, spec.Count).add_(part);
                part.zero_();
            }

            offset += spec.Count;
        }
    }

    /// <summary>
    /// Until disposed, these tensors' gradients gather in memory of their own; then each sum is added to the flat
    /// gradient at once.
    /// </summary>
    public IDisposable AccumulateSeparately(IReadOnlyList<string> names) => new SeparateGradients(this, names);

    /// <summary>
    /// Adds a micro-batch's 16-bit gradient to the fp32 sum; in fp32 the backward pass has already added it.
    /// </summary>
    public void AccumulateGradient()
    {
        if (_gradients16 is null) return;
        Gradient.add_(_gradients16);
        _gradients16.zero_();
    }

    /// <summary>Shows the model the master weights after an update.</summary>
    public void SyncModelWeights() => _weights16?.copy_(Master);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _weights.Values.Concat(_gradients.Values)) tensor.Dispose();
        _weights16?.Dispose();
        _gradients16?.Dispose();
        Master.Dispose();
        Gradient.Dispose();
    }

    private sealed class SeparateGradients : IDisposable
    {
        private readonly List<(Tensor Weight, Tensor Flat)> _detached = [];

        public SeparateGradients(ParameterBuffer parameters, IReadOnlyList<string> names)
        {
            foreach (var name in names)
            {
                var weight = parameters[name];
                _detached.Add((weight, weight.grad!));
                weight.grad = null;
            }
        }

        public void Dispose()
        {
            using var quiet = no_grad();
            foreach (var (weight, flat) in _detached)
            {
                using (var gathered = weight.grad)
                {
                    if (gathered is not null) flat.add_(gathered);
                }

                weight.grad = flat;
                flat.Dispose();
            }
        }
    }

    private static Tensor Initial(IReadOnlyList<ParameterSpec> specs, long count, int seed)
    {
        // A generator of its own: what else draws numbers in this process must not change where a run begins.
        using var generator = new Generator(unchecked((ulong)seed));
        var flat = zeros(count);
        long offset = 0;
        foreach (var spec in specs)
        {
            var values = flat.narrow(0, offset, spec.Count);
            if (spec.InitialStd is not { } std) values.fill_(1);
            else if (std > 0) values.normal_(0, std, generator);
            offset += spec.Count;
        }

        return flat;
    }
}
