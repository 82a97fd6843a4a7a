using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

public sealed class SlurmDevices
{
    private static readonly NodeDevice[] Found =
    [
        new("cuda:0", 1) { Uuid = "GPU-aaaa1111-0000" }, new("cuda:1", 1) { Uuid = "GPU-bbbb2222-0000" }, new("cpu", 2),
    ];

    [Theory]
    [InlineData("1", "cuda:1")]
    [InlineData("1,0", "cuda:1+cuda:0")]
    [InlineData("GPU-bbbb2222,GPU-aaaa1111", "cuda:1+cuda:0")]
    [InlineData("0,7", "cuda:0")]
    [InlineData("GPU-bbbb2222", "cuda:1")] // a prefix that is unique is a name too, as CUDA has it
    [InlineData(null, "cuda:0")]
    [InlineData("", "")]
    [InlineData("7", "")]
    [InlineData("NoDevFiles", "")] // what Slurm writes for a job without a GPU
    public void A_job_takes_the_gpus_that_slurm_gave_it_and_none_where_it_gave_none(string? visible, string devices) =>
        Assert.Equal(devices, NodeDevice.Join(SlurmDevice.Given(visible, Found).Select(d => d.Name)));

    [Fact]
    public void Without_a_gpu_there_is_none_to_give() => Assert.Empty(SlurmDevice.Given(null, [Found[2]]));
}
