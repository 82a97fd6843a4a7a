using ScalingLab.Torch;

namespace ScalingLab.Worker.TorchSharp.Tests;

/// <summary>
/// What optimizers do with the flat buffers in C#, step after step, against its composite in float64.
/// </summary>
public sealed class FlatUpdateTests : IDisposable
{
    private const double Scale = 0.5;

    private static readonly Dictionary<string, (int Buffers, Update Fused, Update Plain)> Rules = new()
    {
        ["adamw"] = (2,
            (w, g, s, t) => Kernels.adamw_(w, g, s[0], s[1], 1e-2, 0.9, 0.95, 1e-8, 0.1, t, Scale),
            (w, g, s, t) => Composites.adamw_(w, g, s[0], s[1], 1e-2, 0.9, 0.95, 1e-8, 0.1, t, Scale)),
        ["lion"] = (1,
            (w, g, s, _) => Kernels.lion_(w, g, s[0], 1e-2, 0.9, 0.99, 0.1, Scale),
            (w, g, s, _) => Composites.lion_(w, g, s[0], 1e-2, 0.9, 0.99, 0.1, Scale)),
        ["sgd"] = (1,
            (w, g, s, _) => Kernels.sgd_(w, g, s[0], 1e-2, 0.9, 0.1, Scale),
            (w, g, s, _) => Composites.sgd_(w, g, s[0], 1e-2, 0.9, 0.1, Scale)),
        ["lamb"] = (2,
            (w, g, s, t) => Kernels.lamb_(w, g, s[0], s[1], PartsOf(w), 1e-2, 0.9, 0.95, 1e-6, t, Scale),
            (w, g, s, t) => Composites.lamb_(w, g, s[0], s[1], PartsOf(w), 1e-2, 0.9, 0.95, 1e-6, t, Scale)),
        ["nesterov"] = (1,
            (w, g, s, _) => Kernels.nesterov_(g, s[0], w, 0.95, Scale),
            (w, g, s, _) => Composites.nesterov_(g, s[0], w, 0.95, Scale)),
    };

    private delegate void Update(Tensor weight, Tensor gradient, Tensor[] state, long step);

    private readonly DisposeScope _scope = NewDisposeScope();

    public FlatUpdateTests() => manual_seed(1);

    public static TheoryData<string, long, long> Cases
    {
        get
        {
            var cases = new TheoryData<string, long, long>();
            foreach (var rule in Rules.Keys)
            {
                foreach (var (length, steps) in new[] { (1L, 1L), (1000L, 3L), (70_001L, 20L) })
                    cases.Add(rule, length, steps);
            }

            return cases;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_update_equals_its_composite(string rule, long length, long steps)
    {
        var (buffers, fused, plain) = Rules[rule];
        var start = randn(length);
        Tensor[] found = [start.clone(), .. Enumerable.Range(0, buffers).Select(_ => zeros(length))];
        Tensor[] expected = [.. found.Select(x => x.to(ScalarType.Float64))];
        for (var step = 1L; step <= steps; step++)
        {
            var gradient = randn(length);
            fused(found[0], gradient, found[1..], step);
            plain(expected[0], rule == "adamw" ? gradient : gradient.to(ScalarType.Float64), expected[1..], step);
        }

        for (var i = 0; i < found.Length; i++)
            Agreement.Close($"{rule} {i}", found[i], expected[i], ScalarType.Float32);
    }

    [Theory]
    [InlineData("lion")]
    [InlineData("lamb")]
    public void Where_there_is_no_gradient_and_no_weight_nothing_moves(string rule)
    {
        var (buffers, fused, _) = Rules[rule];
        Tensor[] found = [zeros(100), .. Enumerable.Range(0, buffers).Select(_ => zeros(100))];
        fused(found[0], zeros(100), found[1..], 1);
        Assert.All(found, x => Assert.Equal(0, x.abs().max().item<float>()));
    }

    [Fact]
    public void Updates_are_the_same_bit_for_bit_with_one_thread_and_with_two()
    {
        var before = get_num_threads();
        var (start, gradient) = (randn(300_000), randn(300_000));
        try
        {
            foreach (var (buffers, fused, _) in Rules.Values)
            {
                var results = ((int[])[1, 2]).Select(threads =>
                {
                    set_num_threads(threads);
                    Tensor[] all = [start.clone(), .. Enumerable.Range(0, buffers).Select(_ => zeros(300_000))];
                    for (var step = 1L; step <= 2; step++) fused(all[0], gradient, all[1..], step);
                    return all.Select(x => x.bytes.ToArray()).ToArray();
                }).ToList();
                Assert.Equal(results[0], results[1]);
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Parts_that_do_not_fill_the_buffers_are_refused() => Assert.Throws<ArgumentException>(
        () => Kernels.lamb_(zeros(3), zeros(3), zeros(3), zeros(3), [(2, 0.0)], 1, 0.9, 0.9, 0, 1));

    // Matrices and vectors one after another, with decay and without.
    private static (long, double)[] PartsOf(Tensor all)
    {
        var first = all.numel() / 3;
        return [(first, 0.1), (all.numel() - first, 0)];
    }
}
