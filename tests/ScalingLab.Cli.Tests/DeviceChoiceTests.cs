using ScalingLab.Store;

namespace ScalingLab.Cli.Tests;

public class DeviceChoiceTests
{
    [Theory]
    [InlineData("cuda:0", 0, 0, "'cuda:0' is not on this machine (it has cpu)")]
    [InlineData("cuda:0", 0, null, "'cuda:0' is not on this machine (it has cpu)")]
    [InlineData("cuda:2", 2, 2, "'cuda:2' is not on this machine (it has cpu, cuda:0, cuda:1)")]
    [InlineData("cuda:1", 2, 0, "'cuda:1' is there, but the worker's libtorch reaches no GPU: 'lab doctor' says more")]
    [InlineData("cuda:1", 2, 2, null)]
    [InlineData("cuda:1", 2, null, null)] // a worker that does not say
    [InlineData("cuda:0", 0, 1, null)] // a machine whose driver has no nvidia-smi
    public void A_GPU_is_there_if_the_driver_lists_it_and_libtorch_does_not_say_otherwise(string name, int listed, int? reached, string? problem)
    {
        IReadOnlyList<NodeDevice> here = [new NodeDevice("cpu", 2), .. Enumerable.Range(0, listed).Select(i => new NodeDevice($"cuda:{i}", 1))];
        Assert.Equal(problem, DeviceChoice.Problem(name, here, reached));
    }
}
