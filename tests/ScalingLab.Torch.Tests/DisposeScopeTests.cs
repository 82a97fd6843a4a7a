using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

public class DisposeScopeTests
{
    [Fact]
    public void A_scope_frees_the_tensors_made_in_it()
    {
        var before = Kernels.LiveTensors;
        using (NewDisposeScope())
        {
            var x = zeros(3);
            var y = x + 1;
            Assert.Equal(before + 2, Kernels.LiveTensors);
            Assert.Equal(3.0, y.sum().ToDouble());
        }
        Assert.Equal(before, Kernels.LiveTensors);
    }

    [Fact]
    public void A_tensor_moved_out_lives_until_the_outer_scope_ends()
    {
        var before = Kernels.LiveTensors;
        Tensor kept;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                kept = (zeros(3) + 1).MoveToOuterDisposeScope();
            Assert.True(outer.Contains(kept));
            Assert.Equal(before + 1, Kernels.LiveTensors);
            Assert.Equal(1, outer.DisposablesCount);
        }
        Assert.True(kept.IsInvalid);
        Assert.Equal(before, Kernels.LiveTensors);
    }

    [Fact]
    public void A_tensor_detached_from_its_scope_lives_until_it_is_disposed()
    {
        var before = Kernels.LiveTensors;
        Tensor kept;
        using (NewDisposeScope())
            kept = ones(2).DetachFromDisposeScope();
        Assert.Equal(2.0, kept.sum().ToDouble());
        kept.Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(Kernels.LiveTensors <= before);
    }

    [Fact]
    public void Disposing_an_outer_scope_ends_the_scopes_left_open_inside_it()
    {
        var before = Kernels.LiveTensors;
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        ones(2);
        outer.Dispose();
        Assert.Equal(0, inner.DisposablesCount);
        Assert.Equal(before, Kernels.LiveTensors);
        using var free = ones(1);
        Assert.Equal(before + 1, Kernels.LiveTensors);
    }

    [Fact]
    public void A_long_lived_scope_forgets_the_tensors_that_left_it()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 2000; i++)
            ones(1).Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void A_disposed_tensor_is_refused()
    {
        var x = ones(1);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x.add(1));
    }
}
