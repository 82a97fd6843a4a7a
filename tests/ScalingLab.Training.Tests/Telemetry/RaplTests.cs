using ScalingLab.Runs.Outcomes;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

public sealed class RaplTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Packages_and_memories_are_added_up_and_nothing_is_counted_twice()
    {
        Zone("intel-rapl:0", "package-0", 1_000_000);
        Zone("intel-rapl:0:0", "core", 500_000);
        Zone("intel-rapl:0:1", "dram", 200_000);
        Zone("intel-rapl:1", "package-1", 3_000_000);
        Zone("intel-rapl:2", "psys", 9_000_000);
        Zone("intel-rapl-mmio:0", "package-0", 1_000_000);
        Directory.CreateDirectory(folder["intel-rapl"]);
        var counters = RaplCounters.Open(folder.Path)!;
        Assert.Equal(0, counters.Joules());
        foreach (var (zone, now) in
            new[] { ("intel-rapl:0", 3_000_000L), ("intel-rapl:0:0", 9_000_000), ("intel-rapl:0:1", 700_000),
                ("intel-rapl:1", 4_000_000) })
            Count(zone, now);
        Assert.Equal(2 + 0.5 + 1, counters.Joules());
    }

    [Fact]
    public void A_counter_that_wraps_round_goes_on()
    {
        Zone("intel-rapl:0", "package-0", 262_143_000_000, range: 262_143_328_850);
        var counters = RaplCounters.Open(folder.Path)!;
        Count("intel-rapl:0", 5_000_000);
        Assert.Equal(5.328850, counters.Joules()!.Value, 1e-9);
        Count("intel-rapl:0", 6_000_000);
        Assert.Equal(6.328850, counters.Joules()!.Value, 1e-9);
    }

    [Fact]
    public void A_counter_that_cannot_be_read_leaves_the_whole_absent()
    {
        Assert.Null(RaplCounters.Open(folder["nothing"]));
        Assert.Null(RaplCounters.Open(folder.Path)); // a virtual machine's: the folder is there, and empty
        Zone("intel-rapl:0", "package-0", 1_000_000);
        Zone("intel-rapl:1", "package-1", 1_000_000);
        var both = RaplCounters.Open(folder.Path)!;
        File.Delete(Path.Combine(folder.Path, "intel-rapl:1", "energy_uj")); // as for a reader who is not root
        Assert.Null(RaplCounters.Open(folder.Path));
        Assert.Null(both.Joules());
    }

    [Fact]
    public void A_process_is_charged_its_share_of_the_machines_processor_time()
    {
        Zone("intel-rapl:0", "package-0", 0);
        Statistics(busySeconds: 100);
        using var sensor =
            new ProcessorSensor(1, RaplCounters.Open(folder.Path), TimeProvider.System, folder["stat"]);
        var own = Environment.CpuUsage.TotalTime.TotalSeconds;
        while (Environment.CpuUsage.TotalTime.TotalSeconds < own + 0.05) Math.Sqrt(own);
        Statistics(busySeconds: 200);
        Count("intel-rapl:0", 50_000_000);
        var reading = sensor.Read();
        var spent = Environment.CpuUsage.TotalTime.TotalSeconds - own;
        Assert.Equal(50, reading.Joules);
        Assert.InRange(reading.Share, 0.05 / 100, (spent + 0.1) / 100);
        Assert.InRange(reading.Utilisation!.Value, 0.01, 1);
        Assert.Equal(EnergySource.Rapl, sensor.Source);
    }

    [Fact]
    public void Without_counters_a_processor_has_utilisation_and_no_energy()
    {
        using var meter =
            new DeviceMeter(new ProcessorSensor(1, RaplCounters.Open(folder.Path), TimeProvider.System),
                TimeProvider.System);
        var own = Environment.CpuUsage.TotalTime;
        while (Environment.CpuUsage.TotalTime < own + TimeSpan.FromSeconds(0.05)) Math.Sqrt(own.Ticks);
        var totals = meter.Totals();
        Assert.Null(totals.Joules);
        Assert.InRange(totals.BusySeconds!.Value, 0.001, totals.Seconds);
    }

    public void Dispose() => folder.Dispose();

    private void Zone(string zone, string name, long microjoules, long range = 262_143_328_850)
    {
        Directory.CreateDirectory(folder[zone]);
        File.WriteAllText(Path.Combine(folder.Path, zone, "name"), name + "\n");
        File.WriteAllText(Path.Combine(folder.Path, zone, "max_energy_range_uj"), $"{range}\n");
        Count(zone, microjoules);
    }

    private void Count(string zone, long microjoules) =>
        File.WriteAllText(Path.Combine(folder.Path, zone, "energy_uj"), $"{microjoules}\n");

    // user nice system idle iowait irq softirq steal guest guest_nice, hundredths of a second; busy: user, system and
    // steal here
    private void Statistics(int busySeconds) =>
        File.WriteAllText(folder["stat"], $"cpu  {busySeconds * 70} 0 {busySeconds * 20} 999999 5555 0 0 "
            + $"{busySeconds * 10} 0 0\ncpu0 1 2 3\n");
}
