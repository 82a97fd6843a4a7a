using System.Globalization;
using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>What crosses the wall: errors, memory, threads, seeds, the library itself.</summary>
public class LibtorchTests
{
    [Fact]
    public void Libtorch_says_which_version_it_is() => Assert.Matches(@"^[12]\.\d+", __version__);

    [Fact]
    public void A_shim_of_another_version_is_refused_with_every_difference_named()
    {
        var problem =
            Assert.Throws<TorchLoadException>(() => Native.VerifyAbi(name => name == "sl_abi_version" ? 99 : 5));
        Assert.Contains("sl_abi_version is 99, expected " + Native.AbiVersion.ToString(CultureInfo.InvariantCulture),
            problem.Message,
            StringComparison.Ordinal);
        Assert.Contains("sl_size_of_scalar is 5, expected 16", problem.Message, StringComparison.Ordinal);
        Assert.Contains("sl_size_of_options", problem.Message, StringComparison.Ordinal);
        Assert.Contains("sl_size_of_memory", problem.Message, StringComparison.Ordinal);
        Assert.Contains("build ScalingLab.Torch again", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shim_says_what_to_install()
    {
        var problem = Assert.Throws<TorchLoadException>(() => Native.LoadFrom("/does/not/exist.so"));
        Assert.Contains("apt-get install", problem.Message, StringComparison.Ordinal);
        Assert.Contains("libtorch-dev libopenblas0-openmp", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_says_what_the_loader_said()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".so");
        File.WriteAllText(path, "not a library");
        try
        {
            var problem = Assert.Throws<TorchLoadException>(() => Native.LoadFrom(path));
            Assert.Contains("The loader said", problem.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_error_carries_libtorchs_own_words()
    {
        using var scope = NewDisposeScope();
        var problem = Assert.Throws<TorchException>(() => zeros(2, 3).matmul(zeros(2, 3)));
        Assert.Contains("shapes cannot be multiplied (2x3 and 2x3)", problem.Message, StringComparison.Ordinal);
        Assert.IsNotType<TorchOutOfMemoryException>(problem);
    }

    [Fact]
    public void After_an_error_the_next_call_works()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() => zeros(2).view(3));
        Assert.Equal(2.0, ones(2).sum().ToDouble());
    }

    [Fact]
    public void Too_large_a_tensor_is_out_of_memory_of_its_own_type_and_harms_nothing()
    {
        using var scope = NewDisposeScope();
        var before = Kernels.memory();
        // 512 TiB: more than any address space here holds.
        Assert.Throws<TorchOutOfMemoryException>(() => empty(1L << 47));
        Assert.Equal(before.CurrentBytes, Kernels.memory().CurrentBytes);
        Assert.Equal(3.0, ones(3).sum().ToDouble());
    }

    [Fact]
    public void Memory_counts_what_tensors_hold_and_the_most_they_held()
    {
        using var scope = NewDisposeScope();
        var before = Kernels.memory().CurrentBytes;
        Kernels.reset_peak_memory();
        var x = zeros(1_000_000);
        Assert.Equal(before + 4_000_000, Kernels.memory().CurrentBytes);
        x.Dispose();
        Assert.Equal(before, Kernels.memory().CurrentBytes);
        Assert.Equal(before + 4_000_000, Kernels.memory().PeakBytes);
        Assert.True(Kernels.memory().CachedBytes >= 4_000_000);
        Kernels.release_cached_memory();
        Assert.Equal(0, Kernels.memory().CachedBytes);
        Kernels.reset_peak_memory();
        Assert.Equal(before, Kernels.memory().PeakBytes);
    }

    [Fact]
    public void A_thousand_steps_of_training_leak_nothing()
    {
        // Tensors that another test left to the finalizer would be counted here.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var outer = NewDisposeScope();
        manual_seed(8);
        var embedding = randn([50, 16]).requires_grad_();
        var norm = ones([16]).requires_grad_();
        var head = randn([50, 16]).requires_grad_();
        Tensor[] parameters = [embedding, norm, head];
        long live = 0, resident = 0;
        for (var step = 0; step < 1000; step++)
        {
            using (NewDisposeScope())
            {
                var tokens = randint(0, 50, [64]);
                var x = Kernels.rms_norm(Kernels.embedding(embedding, tokens), norm, 1e-5).view(2, 4, 8, 16);
                x = Kernels.causal_attention(x, x, x).transpose(1, 2).reshape(64, 16);
                var loss = Kernels.cross_entropy(nn.functional.linear(nn.functional.gelu(x), head), tokens);
                loss.backward();
                using (no_grad())
                {
                    foreach (var parameter in parameters)
                    {
                        parameter.sub_(parameter.grad! * 0.01);
                        parameter.grad = null;
                    }
                }
            }
            if (step == 200)
                (live, resident) = (Kernels.LiveTensors, ResidentBytes());
            if (step > 200)
                Assert.Equal(live, Kernels.LiveTensors);
        }
        Assert.True(ResidentBytes() - resident < 32 << 20, $"resident memory grew by "
            + $"{(ResidentBytes() - resident) >> 10} KiB");
    }

    [Fact]
    public void A_seed_gives_the_same_numbers_again_and_a_state_put_back_goes_on_from_there()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        var first = randn(100);
        var state = get_rng_state();
        var next = rand(100);
        manual_seed(9);
        Assert.True(randn(100).equal(first));
        Assert.True(rand(100).equal(next));
        set_rng_state(state);
        Assert.True(rand(100).equal(next));
        manual_seed(10);
        Assert.False(randn(100).equal(first));
    }

    [Fact]
    public void A_generator_of_its_own_leaves_the_default_one_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var expected = randn(10);
        manual_seed(11);
        using var generator = new Generator(5);
        var own = randn([10], generator: generator);
        Assert.True(randn(10).equal(expected));
        Assert.Equal(5, generator.initial_seed());
        generator.manual_seed(5);
        var state = generator.get_state();
        Assert.True(randn([10], generator: generator).equal(own));
        generator.set_state(state);
        Assert.True(empty(10).normal_(generator: generator).equal(own));
    }

    [Fact]
    public void Threads_can_be_set()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            Assert.Equal(1, get_num_threads());
            set_num_threads(2);
            Assert.Equal(2, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Numbers_below_full_precision_can_be_flushed_to_zero()
    {
        using var scope = NewDisposeScope();
        var tiny = tensor([1e-38f]);
        if (!Kernels.set_flush_denormal(true))
            return;
        try
        {
            Assert.Equal(0.0, (tiny * 0.01).ToDouble());
        }
        finally
        {
            Kernels.set_flush_denormal(false);
        }
        Assert.NotEqual(0.0, (tiny * 0.01).ToDouble());
    }

    [Fact]
    public void Without_cuda_there_is_no_device_and_asking_for_one_is_an_error()
    {
        if (cuda.is_available())
            return;
        using var scope = NewDisposeScope();
        Assert.Equal(0, cuda.device_count());
        Assert.Throws<TorchException>(() => cuda.synchronize());
        Assert.Throws<TorchException>(() => ones(1).cuda());
        Assert.Throws<TorchException>(() => Kernels.memory(CUDA));
    }

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture)
        * Environment.SystemPageSize;
}
