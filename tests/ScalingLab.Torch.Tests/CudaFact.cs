using static ScalingLab.Torch.torch;

namespace ScalingLab.Torch.Tests;

/// <summary>A fact about the fused blocks; skipped where there is no CUDA device that they run on.</summary>
public sealed class CudaFact : FactAttribute
{
    public CudaFact()
    {
        if (!cuda.is_available() || !CudaBlocks.AreSupported(device("cuda:0")))
            Skip = "There is no CUDA device with bfloat16, or the shim was built without CUDA.";
    }
}
