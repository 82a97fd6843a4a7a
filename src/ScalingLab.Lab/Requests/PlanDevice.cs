using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Requests;

/// <summary>Devices that a plan is for, here or not.</summary>
/// <param name="Sheet">What the data sheet says; null of a processor, and of a GPU that the table has not.</param>
/// <param name="Class">"cpu" or "cuda".</param>
/// <param name="Count">How many.</param>
/// <param name="MemoryBytes">Memory of each; null where it is not known.</param>
public sealed record PlanDevice(DeviceSheet? Sheet, string Class, int Count, long? MemoryBytes)
{
    private const string Cpu = "cpu";

    public bool IsGpu => Class != Cpu;

    /// <summary>Its name as the maker has it.</summary>
    public string Name => Sheet?.Name ?? (IsGpu ? "this GPU" : "this processor");

    /// <summary>This machine's own: its GPUs, or where it has none its processor.</summary>
    public static PlanDevice Here(IReadOnlyList<NodeDevice> devices)
    {
        var gpus = devices.Where(device => device.Class != Cpu).ToList();
        var first = gpus.FirstOrDefault() ?? devices.First(device => device.Class == Cpu);
        return new PlanDevice(
            first.Model is { } model ? DeviceTable.Named(model) : null, first.Class, Math.Max(1, gpus.Count),
            first.MemoryBytes);
    }

    /// <summary>Reads "cpu", "rtx4090" or "rtx4090:2".</summary>
    /// <param name="text">What was given.</param>
    /// <param name="devices">This machine's own.</param>
    /// <exception cref="InputException">It is no device of the table, or no number of them.</exception>
    public static PlanDevice Parse(string text, IReadOnlyList<NodeDevice> devices)
    {
        var at = text.LastIndexOf(':');
        var (key, number) = at < 0 ? (text, "1") : (text[..at], text[(at + 1)..]);
        if (key == Cpu && at < 0) return Here([.. devices.Where(device => device.Class == Cpu)]);
        var problems = new List<Problem>();
        var sheet = DeviceTable.Find(key);
        if (sheet is null)
        {
            problems.Add(new Problem("--device", $"has '{key}', which is no device of the table"
                + NearestWord.Hint(key, [Cpu, .. DeviceTable.All.Select(one => one.Key)])));
        }

        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > MaxCount)
            problems.Add(new Problem("--device", $"has ':{number}'; a number from 1 to {MaxCount} is expected, as "
                + "rtx4090:2"));
        return problems.Count > 0 ? throw new InputException(problems)
            : new PlanDevice(sheet, "cuda", count, sheet!.MemoryBytes);
    }

    private const int MaxCount = 10_000;
}
