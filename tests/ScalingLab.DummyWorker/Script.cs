using System.Globalization;

namespace ScalingLab.DummyWorker;

/// <summary>
/// What the dummy does, from the environment. DUMMY_SCRIPT = "2=crash,complete;5=diverge": the run with seed 2 crashes
/// at its first attempt and completes at every later one; a seed that is not named completes. It misbehaves in the
/// middle of the run. DUMMY_STEP_MS = milliseconds a step, 0 if absent. Ways: complete, crash, hang, deaf, diverge,
/// configuration, out-of-memory, disk-full, terminated, nonsense, babble, linger, once, afterthought, "ready and gone".
/// </summary>
internal static class Script
{
    /// <summary>Time that a step takes.</summary>
    public static TimeSpan StepTime { get; } =
        TimeSpan.FromMilliseconds(
            int.Parse(Environment.GetEnvironmentVariable("DUMMY_STEP_MS") ?? "0", CultureInfo.InvariantCulture));

    /// <summary>The way for a seed at an attempt, from 1; the last one named goes for all later attempts.</summary>
    public static string Of(int seed, int attempt)
    {
        var script = Environment.GetEnvironmentVariable("DUMMY_SCRIPT") ?? "";
        foreach (var entry in script.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, ways) = (entry.Split('=')[0], entry.Split('=')[1].Split(','));
            if (key == seed.ToString(CultureInfo.InvariantCulture)) return ways[Math.Min(attempt, ways.Length) - 1];
        }
        return "complete";
    }
}
