using System.Globalization;
using System.Text.RegularExpressions;

namespace ScalingLab.Training.Telemetry;

/// <summary>
/// Energy counters of processors and their memory by Linux's powercap (RAPL; Intel, and AMD from Zen on):
/// <c>intel-rapl:N</c> of every package and its <c>dram</c>, which the package does not contain. Counters of cores and
/// of the whole platform (psys) would count the same energy twice. They wrap round at <c>max_energy_range_uj</c>, some
/// minutes of full load, so they must be read more often than that.
/// </summary>
public sealed partial class RaplCounters
{
    /// <summary>Where Linux has them.</summary>
    public const string Folder = "/sys/class/powercap";

    private readonly List<Zone> _zones;
    private double _microjoules;

    private RaplCounters(List<Zone> zones) => _zones = zones;

    /// <summary>
    /// The counters of this machine; null where there are none or any cannot be read (only root may, by default, since
    /// Linux 5.10): the energy of a part would pass for the whole.
    /// </summary>
    /// <param name="folder">Where they are.</param>
    public static RaplCounters? Open(string folder = Folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return null;
            var zones = new List<Zone>();
            foreach (var path in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            {
                if (ZoneName().Match(Path.GetFileName(path)) is not { Success: true } name) continue;
                var label = File.ReadAllText(Path.Combine(path, "name")).Trim();
                if (name.Groups["part"].Success ? label != "dram"
                    : !label.StartsWith("package", StringComparison.Ordinal)) continue;
                if (Number(Path.Combine(path, "energy_uj")) is not { } now
                    || Number(Path.Combine(path, "max_energy_range_uj")) is not { } range) return null;
                zones.Add(new Zone(Path.Combine(path, "energy_uj"), range) { Last = now });
            }

            return zones.Count > 0 ? new RaplCounters(zones) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Joules of all packages and memories since they were opened; null when a counter can no longer be read.
    /// </summary>
    public double? Joules()
    {
        foreach (var zone in _zones)
        {
            if (Number(zone.Path) is not { } now) return null;
            _microjoules += now >= zone.Last ? now - zone.Last : zone.Range - zone.Last + now;
            zone.Last = now;
        }

        return _microjoules / 1e6;
    }

    private static double? Number(string file)
    {
        try
        {
            return double.TryParse(File.ReadAllText(file), NumberStyles.None | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out var value)
                ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^intel-rapl:\d+(?<part>:\d+)?$")]
    private static partial Regex ZoneName();

    private sealed class Zone(string path, double range)
    {
        public string Path => path;

        public double Range => range;

        public double Last { get; set; }
    }
}
