using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>Updates over flat buffers against their plain forms in float64, several steps, at odd lengths.</summary>
public class OptimizerKernelTests
{
    private const double Scale = 0.5;

    public static TheoryData<long> Lengths => [1, 7, 1000, 70_001];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Lion_equals_its_composite(long length) => Follow(
        length, 1,
        (w, g, s, _) => Kernels.lion_(w, g, s[0], 1e-2, 0.9, 0.99, 0.1, Scale),
        (w, g, s, _) => Composites.lion_(w, g, s[0], 1e-2, 0.9, 0.99, 0.1, Scale));

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Sgd_equals_its_composite(long length) => Follow(
        length, 1,
        (w, g, s, _) => Kernels.sgd_(w, g, s[0], 1e-2, 0.9, 0.1, Scale),
        (w, g, s, _) => Composites.sgd_(w, g, s[0], 1e-2, 0.9, 0.1, Scale));

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Lamb_equals_its_composite_part_by_part(long length)
    {
        (long, double)[] parts = length < 7 ? [(length, 0.1)] : [(3, 0), (length - 5, 0.1), (2, 0.2)];
        Follow(
            length, 2,
            (w, g, s, t) => Kernels.lamb_(w, g, s[0], s[1], parts, 1e-2, 0.9, 0.95, 1e-6, t, Scale),
            (w, g, s, t) => Composites.lamb_(w, g, s[0], s[1], parts, 1e-2, 0.9, 0.95, 1e-6, t, Scale));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Nesterovs_momentum_equals_its_composite(long length) => Follow(
        length, 1,
        (w, g, s, _) => Kernels.nesterov_(g, s[0], w, 0.95, Scale),
        (w, g, s, _) => Composites.nesterov_(g, s[0], w, 0.95, Scale));

    [Fact]
    public void A_tensor_of_zeros_moves_by_the_learning_rate_under_Lamb_and_one_without_gradient_not_at_all()
    {
        using var scope = NewDisposeScope();
        var weight = cat([zeros(4), ones(4)]);
        var gradient = cat([ones(4), zeros(4)]);
        Kernels.lamb_(weight, gradient, zeros(8), zeros(8), [(4, 0.0), (4, 0.0)], 0.25, 0.9, 0.95, 0, 1);
        Assert.True(weight.narrow(0, 0, 4).allclose(full([4], -0.25), 1e-6, 1e-7));
        weight.narrow(0, 4, 4).fill_(1);
        Kernels.lamb_(weight, gradient, zeros(8), zeros(8), [(4, 0.0), (4, 0.0)], 0.25, 0.9, 0.95, 1e-6, 1);
        Assert.True(weight.narrow(0, 4, 4).equal(ones(4)));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 9)]
    [InlineData(2, 48, 16)]
    [InlineData(1, 33, 33)]
    public void Orthogonalize_equals_its_composite_in_float64(long matrices, long rows, long columns)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var x = randn(matrices, rows, columns);
        var exact = Composites.orthogonalize(x.to(ScalarType.Float64));
        Assert.Equal(x.shape, exact.shape);
        Assert.True(Kernels.orthogonalize(x.to(ScalarType.Float64)).allclose(exact, 1e-12, 1e-12));
        Assert.True(Kernels.orthogonalize(x).to(ScalarType.Float64).allclose(exact, 1e-4, 1e-4));
    }

    [Theory]
    [InlineData(24, 24)]
    [InlineData(16, 48)]
    [InlineData(48, 16)]
    public void Orthogonalized_matrices_have_singular_values_near_one_and_keep_their_directions(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        // Singular values 0.3 to 1.2 in known directions: rows of cosines are orthogonal.
        var size = Math.Min(rows, columns);
        Tensor Cosines(long n) =>
            ((arange(size, ScalarType.Float64).unsqueeze(1) + 0.5) * (arange(n, ScalarType.Float64) + 0.5)
                * (Math.PI / n)).cos()
            * Math.Sqrt(2.0 / n); // DCT-IV, [size, n]
        Tensor left = Cosines(rows), right = Cosines(columns);
        var values = arange(size, ScalarType.Float64) * (0.9 / size) + 0.3;
        var found = Kernels.orthogonalize(left.t().matmul(values.unsqueeze(1) * right));
        var inside = left.matmul(found).matmul(right.t()); // diagonal where the directions are kept
        var diagonal = (inside * (arange(size).unsqueeze(1).eq(arange(size))).to(ScalarType.Float64)).sum(1);
        Assert.InRange(diagonal.min().ToDouble(), 0.65, 1.25);
        Assert.InRange(diagonal.max().ToDouble(), 0.65, 1.25);
        Assert.Equal(diagonal.square().sum().ToDouble(), found.square().sum().ToDouble(), 1e-9 * size);
    }

    [Fact]
    public void Buffers_of_different_lengths_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() => Kernels.lion_(zeros(3), zeros(3), zeros(2), 1, 0.9, 0.9, 0));
        Assert.Throws<TorchException>(() => Kernels.sgd_(zeros(3), zeros(2), zeros(3), 1, 0.9, 0));
        Assert.Throws<TorchException>(() => Kernels.nesterov_(zeros(3), zeros(3), zeros(2), 0.9));
        Assert.Throws<TorchException>(() =>
            Kernels.lamb_(zeros(3), zeros(3), zeros(3), zeros(3), [(2, 0.0)], 1, 0.9, 0.9, 0, 1));
        Assert.Throws<TorchException>(() =>
            Kernels.lamb_(zeros(3), zeros(3), zeros(3), zeros(3), [(3, 0.0)], 1, 0.9, 0.9, 0, 0));
    }

    [Fact]
    public void Updates_give_the_same_bits_with_one_thread_and_with_two()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        Tensor weight = randn(100_003), gradient = randn(100_003);
        var before = get_num_threads();
        try
        {
            var results = new List<Tensor>();
            foreach (var threads in new[] { 1, 2 })
            {
                set_num_threads(threads);
                var w = weight.clone();
                Kernels.lion_(w, gradient, zeros_like(w), 1e-2, 0.9, 0.99, 0.1);
                Kernels.sgd_(w, gradient, zeros_like(w), 1e-2, 0.9, 0.1);
                Kernels.lamb_(w, gradient, zeros_like(w), zeros_like(w), [(60_000, 0.1), (40_003, 0.0)], 1e-2, 0.9,
                    0.95, 1e-6, 1);
                results.Add(w);
            }
            Assert.True(results[0].equal(results[1]));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static void Follow(long length, int moments, Action<Tensor, Tensor, Tensor[], long> fused,
        Action<Tensor, Tensor, Tensor[], long> plain)
    {
        using var scope = NewDisposeScope();
        manual_seed(length);
        var start = randn(length);
        var found = start.clone();
        var exact = start.to(ScalarType.Float64);
        Tensor[] state = [.. Enumerable.Range(0, moments).Select(_ => zeros(length))];
        Tensor[] exactState = [.. state.Select(t => t.to(ScalarType.Float64))];
        for (var step = 1L; step <= 5; step++)
        {
            var gradient = randn(length);
            fused(found, gradient, state, step);
            plain(exact, gradient.to(ScalarType.Float64), exactState, step);
        }

        foreach (var (one, truth) in state.Append(found).Zip(exactState.Append(exact)))
            Assert.True(one.to(ScalarType.Float64).allclose(truth, 1e-5, 2e-6));
        Assert.False(found.allclose(start));
    }
}
