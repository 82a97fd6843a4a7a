using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training;

namespace ScalingLab.Worker;

/// <summary>What this machine offers for training.</summary>
internal static class Doctor
{
    /// <summary>Prints {"engine", "threads", "cuda"}; exit code 2 and the remedy on standard error when libtorch cannot be loaded.</summary>
    public static int Run(Protocol protocol)
    {
        try
        {
            protocol.WriteLine(RunJson.Serialize(new
            {
                engine = MachineFacts.Engine,
                threads = Environment.ProcessorCount,
                cuda = torch.cuda.is_available() ? torch.cuda.device_count() : 0,
            }));
            return 0;
        }
        catch (Exception e) when (TorchErrors.IsAny(e))
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }
}
