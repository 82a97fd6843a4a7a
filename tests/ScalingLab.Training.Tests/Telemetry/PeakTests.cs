using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Torch;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

public sealed class PeakTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("NVIDIA H100 80GB HBM3", Precision.Bf16, 989.4e12)]
    [InlineData("NVIDIA H100 80GB HBM3", Precision.Fp32, 66.9e12)]
    [InlineData("NVIDIA A100-SXM4-80GB", Precision.Bf16, 312e12)]
    [InlineData("A100-SXM4-40GB", Precision.Bf16, 312e12)] // drivers before 2021 print no maker
    [InlineData("NVIDIA A100 80GB PCIe", Precision.Fp32, 19.5e12)]
    [InlineData("NVIDIA H200", Precision.Bf16, 989.4e12)]
    [InlineData("NVIDIA GeForce RTX 4090", Precision.Bf16, 165.2e12)]
    [InlineData("NVIDIA GeForce RTX 3090", Precision.Bf16, 71e12)]
    [InlineData("NVIDIA L4", Precision.Bf16, 121e12)]
    public void A_device_is_found_by_the_name_that_nvidia_smi_prints(string name, Precision precision, double peak) =>
        Assert.Equal(peak, DeviceTable.Named(name)!.Peak(precision)!.Value, 1);

    [Theory]
    [InlineData("NVIDIA GeForce RTX 4090 Laptop GPU")]
    [InlineData("NVIDIA A100-SXM4-40GB MIG 1g.5gb")]
    [InlineData("NVIDIA GeForce RTX 4090 D")]
    [InlineData("AMD EPYC (1 thread)")]
    [InlineData("")]
    public void A_slower_namesake_is_not_taken_for_it(string name) => Assert.Null(DeviceTable.Named(name));

    [Fact]
    public void A_peak_that_no_table_has_is_measured_once_for_each_precision_and_kept()
    {
        var file = folder["peaks.json"];
        var first = DevicePeak.Find(torch.CPU, "this processor (1 thread)", Precision.Fp32, file)!;
        Assert.True(first.IsMeasured);
        Assert.InRange(first.FlopsPerSecond, 1e8, 1e14);
        // two measurements are never the same
        Assert.Equal(first, DevicePeak.Find(torch.CPU, "this processor (1 thread)", Precision.Fp32, file));
        var other = DevicePeak.Find(torch.CPU, "this processor (1 thread)", Precision.Bf16, file)!;
        Assert.NotEqual(first, other);
        Assert.Equal(first, DevicePeak.Find(torch.CPU, "this processor (1 thread)", Precision.Fp32, file));
        Assert.Equal(other, DevicePeak.Find(torch.CPU, "this processor (1 thread)", Precision.Bf16, file));
        Assert.Equal(["peaks.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_damaged_file_of_peaks_is_measured_anew_and_one_that_cannot_be_written_stops_nothing()
    {
        var file = folder["peaks.json"];
        File.WriteAllText(file, "[{\"device\":");
        var measured = DevicePeak.Find(torch.CPU, "this processor", Precision.Fp32, file);
        Assert.Equal(measured, DevicePeak.Find(torch.CPU, "this processor", Precision.Fp32, file));
        Assert.True(
            DevicePeak.Find(torch.CPU, "this processor", Precision.Fp32,
                Path.Combine(folder.Path, "no such folder", "peaks.json"))!.FlopsPerSecond > 0);
    }

    [Fact]
    public void Without_a_place_to_keep_it_no_peak_is_measured() =>
        Assert.Null(DevicePeak.Find(torch.CPU, "this processor", Precision.Fp32, null));

    public void Dispose() => folder.Dispose();
}

/// <summary>Tests of what the whole process shares, while no other test runs.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class PeakGeneratorTests
{
    [Fact]
    public void Measuring_leaves_the_generator_of_training_alone()
    {
        torch.random.manual_seed(5);
        var expected = torch.randn(4).data<float>().ToArray();
        torch.random.manual_seed(5);
        DevicePeak.Measure(torch.CPU, Precision.Fp32);
        Assert.Equal(expected, torch.randn(4).data<float>().ToArray());
    }
}
