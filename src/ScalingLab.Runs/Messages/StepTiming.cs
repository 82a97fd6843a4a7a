using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Runs.Messages;

/// <summary>
/// What a worker measured of its training steps (<c>--bench</c>): forward, backward, clipping and update on random
/// tokens.
/// </summary>
/// <param name="TokensPerSecond">By the median step.</param>
/// <param name="FlopsPerSecond">Exact FLOPs (attention in full) a second, by the median step.</param>
/// <param name="MedianSeconds">Median step.</param>
/// <param name="MinSeconds">Fastest step.</param>
/// <param name="Steps">Steps timed.</param>
/// <param name="PeakMemoryBytes">As in <see cref="RunResult.PeakMemoryBytes"/>.</param>
/// <param name="Device">What it ran on.</param>
/// <param name="Engine">The tensor engine.</param>
/// <param name="EngineVersion">What it is made of.</param>
/// <param name="PeakFlopsPerSecond">What the device can do at most, as in
/// <see cref="RunResult.PeakFlopsPerSecond"/>.</param>
/// <param name="ProcessorSeconds">Time of all CPU threads together, a step: what other work on the machine takes from
/// it counts little.</param>
/// <param name="FirstStepSeconds">From the start of the worker's process to the end of its first step.</param>
/// <param name="Gpus">GPUs, or processes, that stepped together; peak FLOPs are of all of them, memory is the first's,
/// processor time the first's.</param>
public sealed record StepTiming(
    double TokensPerSecond, double FlopsPerSecond, double MedianSeconds, double MinSeconds, long Steps,
    long? PeakMemoryBytes, string Device,
    TensorEngine Engine, string EngineVersion, double? PeakFlopsPerSecond = null, double? ProcessorSeconds = null,
    double? FirstStepSeconds = null, int Gpus = 1);

/// <summary>One kind of work that a GPU does, a step.</summary>
/// <param name="Class">Which.</param>
/// <param name="Milliseconds">Its time.</param>
/// <param name="Launches">How often.</param>
public sealed record KernelTime(string Class, double Milliseconds, double Launches);

/// <summary>How far the numbers at one place of a model moved while it trained.</summary>
/// <param name="Place">E.g. "attention 2": what the second block's attention adds to the stream.</param>
/// <param name="Change">Root mean square of the change, over the numbers of a fixed batch.</param>
public sealed record ActivationChange(string Place, double Change);
