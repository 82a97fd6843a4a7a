using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;

namespace ScalingLab.Training.Tests;

/// <summary>What the fused engine alone says or can.</summary>
public sealed class FusedEngineTests(TinyData data) : IClassFixture<TinyData>
{
    [Fact]
    public void Without_libtorch_it_says_what_to_install()
    {
        var folder = Directory.CreateDirectory(Path.Combine(data.Folder, "worker-without-shim")).FullName;
        foreach (var file in Directory.GetFiles(WorkerProcess.BuiltFolder)
            .Where(f => !f.EndsWith(".so", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        using var worker = new WorkerProcess(RunJson.Serialize(data.Order(data.Spec(), "worker-no-libtorch")), folder);
        var failed = Assert.IsType<WorkerMessage.Failed>(worker.Rest()[^1]);
        Assert.Equal(FailureKind.Environment, failed.Kind);
        Assert.Contains("libtorch-dev", failed.Message, StringComparison.Ordinal);
        Assert.Equal(2, worker.End().Code);
    }

    [Fact]
    public void A_block_computed_again_keeps_less_memory()
    {
        var spec =
            data.Spec(ForwardBackwardPassTests.Small with { Layers = 12, Context = 256 }, steps: 1,
                TinyData.Recipe with { BatchSequences = 16 });
        var (none, attention, block) =
            (Peak(RecomputeMode.None), Peak(RecomputeMode.Attention), Peak(RecomputeMode.Block));
        Assert.True(block < 0.5 * none, $"block {block} of {none} bytes");
        Assert.True(attention < 0.8 * none && attention > block, $"attention {attention} of {none} bytes");

        long Peak(RecomputeMode mode)
        {
            Kernels.reset_peak_memory();
            var before = Kernels.memory().CurrentBytes;
            ForwardBackwardPassTests.Train(spec, ForwardBackwardPassTests.Settings(1 << 20, mode));
            return Kernels.memory().PeakBytes - before;
        }
    }

    [Fact]
    public void The_hosts_kernels_take_no_half_precision()
    {
        using var scope = NewDisposeScope();
        var half = ones([1, 2, 4, 8]).to(ScalarType.Float16);
        Assert.Throws<TorchException>(() => Kernels.causal_attention(half, half, half));
        Assert.Throws<TorchException>(() => Kernels.rms_norm(half, ones(8).to(ScalarType.Float16), 1e-6));
        Assert.Throws<TorchException>(() => Kernels.cross_entropy(half.view(8, 8), zeros([8], ScalarType.Int64)));
    }
}
