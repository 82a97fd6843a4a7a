using System.Diagnostics;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

public sealed class DeviceMeterTests
{
    [Fact]
    public void A_machine_without_the_drivers_library_has_no_such_device()
    {
        Assert.Null(NvmlDevice.Open(0, null, "libno-such-library.so.1"));
        if (!File.Exists("/proc/driver/nvidia/version")) Assert.Null(NvmlDevice.Open(0, null));
    }

    [Theory]
    [InlineData(0, null, "0")]
    [InlineData(1, "3,5", "5")]
    [InlineData(0, "GPU-5b1c8d2e-0000-0000-0000-000000000000", "GPU-5b1c8d2e-0000-0000-0000-000000000000")]
    [InlineData(0, "", null)]
    public void The_card_is_the_one_that_cuda_was_shown(int index, string? visible, string? which) =>
        Assert.Equal(which, NvmlDevice.VisibleDevice(index, visible));

    [Fact]
    public void A_counter_is_read_by_differences_and_shared_out_between_processes()
    {
        using var library = new ManagementLibrary();
        library.Set(millijoules: 5_000_000, milliwatts: 300_000, percent: 80, processes: 2);
        using var meter = new DeviceMeter(library.Open(), TimeProvider.System);
        Assert.Equal(EnergySource.NvmlCounter, meter.Source);
        library.Set(millijoules: 5_090_000, milliwatts: 300_000, percent: 80, processes: 2);
        Assert.Equal(45, meter.Totals().Joules!.Value, 1e-9); // 90 J, half of them ours
        library.Set(millijoules: 5_100_000, milliwatts: 300_000, percent: 80, processes: 1);
        var totals = meter.Totals();
        Assert.Equal(55, totals.Joules!.Value, 1e-9);
        Assert.Equal(0.8, totals.BusySeconds!.Value / totals.Seconds, 1e-9);
    }

    [Fact]
    public void Where_the_counter_is_absent_sampled_power_is_added_up()
    {
        using var library = new ManagementLibrary();
        library.Set(millijoules: null, milliwatts: 250_000, percent: null, processes: 0);
        using var meter = new DeviceMeter(library.Open(), TimeProvider.System);
        Assert.Equal(EnergySource.NvmlPower, meter.Source);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(0.1)) Math.Sqrt(clock.ElapsedTicks);
        var totals = meter.Totals();
        Assert.Equal(250, totals.Joules!.Value / totals.Seconds, 1e-6);
        Assert.Null(totals.BusySeconds);
        Assert.InRange(totals.Seconds, 0.1, 60);
    }

    [Fact]
    public void A_card_that_shows_nothing_has_no_energy_and_one_that_falls_silent_loses_it_for_good()
    {
        using var library = new ManagementLibrary();
        library.Set(millijoules: null, milliwatts: null, percent: 10, processes: 0);
        using (var silent = new DeviceMeter(library.Open(), TimeProvider.System))
        {
            Assert.Null(silent.Source);
            Assert.Null(silent.Totals().Joules);
        }

        library.Set(millijoules: 1_000, milliwatts: null, percent: 10, processes: 0);
        using var meter = new DeviceMeter(library.Open(), TimeProvider.System);
        library.Set(millijoules: null, milliwatts: null, percent: 10, processes: 0);
        Assert.Null(meter.Totals().Joules);
        library.Set(millijoules: 9_000, milliwatts: null, percent: 10, processes: 0);
        Assert.Null(meter.Totals().Joules); // a part would pass for the whole
    }

    [Fact]
    public void The_cards_name_is_the_drivers()
    {
        using var library = new ManagementLibrary();
        library.Set(millijoules: 0, milliwatts: 0, percent: 0, processes: 0);
        using var device = library.Open();
        Assert.Equal("NVIDIA Test Card", device.Name);
    }
}
