using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>The fused blocks of a CUDA device, and what they say where there is none.</summary>
public class CudaBlocksTests
{
    [CudaFact]
    public void Every_block_equals_its_plain_form_in_float64()
    {
        var errors = KernelCheck.Run(device("cuda:0"), seed: 1).ToList();
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.True(e.Passes, e.ToString()));
    }

    [CudaFact]
    public void A_captured_sum_is_done_again_on_what_stands_in_its_memory()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1000, device: device("cuda:0"));
        x.add_(tensor([1f], device: device("cuda:0")));
        using var graph = CudaGraph.Capture(() => x.mul_(2));
        graph.Replay();
        graph.Replay();
        Assert.Equal(4000, x.sum().ToDouble());
    }

    [CudaFact]
    public void A_loss_that_is_scaled_before_its_backward_pass_gives_no_numbers()
    {
        using var scope = NewDisposeScope();
        var gpu = device("cuda:0");
        Weight Of(params long[] shape) => new(randn(shape, device: gpu), zeros(shape, device: gpu));
        var x = randn([1, 4, 8], device: gpu).requires_grad_();
        var loss =
            CudaBlocks.head_loss(x, new(Of(8), null, IsLayer: false, 1e-6), Of(16, 8),
                randint(0, 16, [4], device: gpu), 1);
        (loss * 2).backward();
        Assert.True(x.grad!.isnan().all().item<bool>());
    }

    [Fact]
    public void They_are_not_on_the_host() => Assert.False(CudaBlocks.AreSupported(CPU));

    [Fact]
    public void Memory_of_the_host_is_refused_or_the_shim_has_none_of_them()
    {
        using var scope = NewDisposeScope();
        var pair = new Weight(zeros(4, 8), zeros(4, 8));
        if (cuda.is_available())
            Assert.Throws<TorchException>(() => CudaBlocks.embedding(pair, tensor([1L])));
        else
            Assert.Throws<EntryPointNotFoundException>(() => CudaBlocks.embedding(pair, tensor([1L])));
    }
}
