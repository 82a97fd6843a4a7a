namespace ScalingLab.Runs.Messages;

/// <summary>
/// What a worker measured of one order's parts (<c>--parts</c>): of random tokens, on a processor, each in seconds.
/// </summary>
/// <param name="StepSeconds">Median training step at the whole batch.</param>
/// <param name="EvaluationSeconds">Median pass over a micro-batch without gradients.</param>
/// <param name="EvaluationTokens">Tokens of that pass.</param>
/// <param name="SetupSeconds">Model and optimizer made, and what the first step takes more than another.</param>
/// <param name="CheckpointSeconds">Median checkpoint written; null where the order names no folder.</param>
/// <param name="SinceStartSeconds">From the start of the worker's process to the end of the order's first
/// step.</param>
/// <param name="PeakBytes">Largest resident set meanwhile; null where the system does not say.</param>
/// <param name="Rates">What the processor attains at most in the order's number format.</param>
/// <param name="Device">The processor, with its threads.</param>
/// <param name="Engine">The tensor engine.</param>
/// <param name="EngineVersion">What it is made of.</param>
public sealed record ShapeTiming(double StepSeconds, double EvaluationSeconds, long EvaluationTokens,
    double SetupSeconds, double? CheckpointSeconds, double SinceStartSeconds, long? PeakBytes, ProcessorRates Rates,
    string Device, TensorEngine Engine, string EngineVersion);

/// <summary>What a processor attains at most, by the threads that a worker has.</summary>
/// <param name="FlopsPerSecond">FLOPs a second of the fastest square matrix product.</param>
/// <param name="BytesPerSecond">Bytes a second read and written by a copy of more than its caches hold.</param>
public sealed record ProcessorRates(double FlopsPerSecond, double BytesPerSecond);
