using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Telemetry;
using ScalingLab.Worker.Attempts;

namespace ScalingLab.Worker.Diagnostics;

/// <summary>What this machine offers for training.</summary>
internal static class Doctor
{
    /// <summary>
    /// Prints {"engine", "version", "threads", "cuda", "gpus", "nccl"}; exit code 2 and the remedy on standard error
    /// when libtorch cannot be loaded.
    /// </summary>
    public static int Run(MessageChannel protocol)
    {
        try
        {
            var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
            protocol.WriteLine(RunJson.Serialize(new
            {
                engine = MachineInfo.Engine,
                version = MachineInfo.EngineVersion,
                threads = Environment.ProcessorCount,
                cuda = gpus,
                gpus = Enumerable.Range(0, gpus).Select(Gpu),
                nccl = gpus > 0 ? NcclVersion.Found : null,
            }));
            return 0;
        }
        catch (Exception e) when (TorchErrors.IsAny(e))
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static string Gpu(int index)
    {
        var device = torch.device($"cuda:{index}");
        return $"{MachineInfo.Device(device, 1)}: {Has(CudaBlocks.AreSupported(device), "fused kernels")}, "
            + $"{Has(CudaBlocks.SupportFloat8(device), "8-bit head")}";
    }

    private static string Has(bool has, string what) => (has ? "" : "no ") + what;
}
