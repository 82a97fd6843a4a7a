using ScalingLab.Lab.Execution;
using ScalingLab.Runs;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Tests;

public class DeviceSelectionTests
{
    [Theory]
    [InlineData("cuda:0", 0, 0, "'cuda:0' is not on this machine (it has cpu)")]
    [InlineData("cuda:0", 0, null, "'cuda:0' is not on this machine (it has cpu)")]
    [InlineData("cuda:2", 2, 2, "'cuda:2' is not on this machine (it has cpu, cuda:0, cuda:1)")]
    [InlineData("cuda:1", 2, 0, "'cuda:1' is there, but the worker's libtorch reaches no GPU: 'lab doctor' says more")]
    [InlineData("cuda:1", 2, 2, null)]
    [InlineData("cuda:1", 2, null, null)] // a worker that does not say
    [InlineData("cuda:0", 0, 1, null)] // a machine whose driver has no nvidia-smi
    public void A_GPU_is_there_if_the_driver_lists_it_and_libtorch_does_not_say_otherwise(string name, int listed,
        int? reached, string? problem)
    {
        IReadOnlyList<NodeDevice> here =
            [new NodeDevice("cpu", 2), .. Enumerable.Range(0, listed).Select(i => new NodeDevice($"cuda:{i}", 1))];
        Assert.Equal(problem, DeviceSelection.WhyUnavailable(name, here, reached));
    }

    [Theory]
    [InlineData(null, 2, 2, "cuda:0 cuda:1")]
    [InlineData(null, 2, 0, "cpu")] // a libtorch that reaches none of them
    [InlineData(null, 0, 0, "cpu")]
    [InlineData("cuda:1, cpu", 2, 2, "cuda:1 cpu")]
    [InlineData("cuda:0", 0, 1, "cuda:0")]
    [InlineData("cuda:1,cuda:1,cuda:7,tpu", 2, 2, null, "'cuda:1' is named twice", "'cuda:7' is not", "'tpu' is not")]
    public void Unless_they_are_named_every_GPU_is_trained_on_or_where_there_is_none_the_processor(
        string? wanted, int listed, int? reached, string? chosen, params string[] problems)
    {
        IReadOnlyList<NodeDevice> here =
            [new NodeDevice("cpu", 2), .. Enumerable.Range(0, listed).Select(i => new NodeDevice($"cuda:{i}", 1))];
        var found = new List<Problem>();
        var devices = string.Join(' ', DeviceSelection.Select(wanted, here, reached, found).Select(d => d.Name));
        Assert.Equal(problems.Length, found.Count);
        Assert.All(problems.Zip(found), p => Assert.StartsWith(p.First, p.Second.Text, StringComparison.Ordinal));
        if (chosen is not null) Assert.Equal(chosen, devices);
    }
}
