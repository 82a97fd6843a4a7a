using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling.Tests;

public sealed class DeviceTests
{
    [Fact]
    public void Every_gpu_that_the_driver_lists_is_a_device_with_its_name_and_memory()
    {
        const string answer = """
            0, GPU-8f1c3d2e-0b7a-4f52-9a35-6d2f6f0d1a11, NVIDIA H100 80GB HBM3, 81559
            1, GPU-2b64c1aa-77d0-4a0e-8a61-0f3f0e6c9b22, NVIDIA H100 80GB HBM3, 81559

            """;
        var gpus = Devices.Gpus(answer, slots: 3);

        Assert.Equal(["cuda:0", "cuda:1"], gpus.Select(g => g.Name));
        Assert.All(gpus,
            g => Assert.Equal(("cuda", 3, "NVIDIA H100 80GB HBM3", 81559L << 20),
                (g.Class, g.Slots, g.Model, g.MemoryBytes)));
        Assert.Equal("GPU-2b64c1aa-77d0-4a0e-8a61-0f3f0e6c9b22", gpus[1].Uuid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("No devices were found\n")]
    [InlineData("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the "
        + "latest driver is installed, and running.\n")]
    public void Where_there_is_no_gpu_there_is_no_device(string answer) => Assert.Empty(Devices.Gpus(answer, 1));

    [Fact]
    public void What_the_driver_does_not_tell_is_absent_and_a_warning_is_no_gpu()
    {
        var gpu =
            Assert.Single(
                Devices.Gpus(
                    "WARNING: infoROM is corrupted at gpu 0000:00:1E.0\n0, [N/A], Maker's GPU, rev. 2, [N/A]\n", 1));
        Assert.Equal(("cuda:0", "Maker's GPU, rev. 2"), (gpu.Name, gpu.Model));
        Assert.Null(gpu.Uuid);
        Assert.Null(gpu.MemoryBytes);
    }

    [Fact]
    public async Task This_machine_has_a_processor_with_a_slot_for_each_worker_that_its_cores_can_carry()
    {
        var cpu = (await Devices.FindAsync(threads: 1, gpuSlots: 1))[0];
        Assert.Equal(("cpu", "cpu", Environment.ProcessorCount), (cpu.Name, cpu.Class, cpu.Slots));
        Assert.InRange(cpu.MemoryBytes!.Value, 1L << 28, 1L << 50);
        Assert.Equal(1, Devices.Cpu(threads: 10_000).Slots);
    }
}
