using System.Runtime;

namespace ScalingLab.Torch;

/// <summary>
/// Keeps the garbage collector out of libtorch's calls. TorchSharp hands a number to libtorch as an object of its own
/// that nothing holds while the call lasts: a collection that another thread sets off meanwhile frees it under the
/// call, which then computes with whatever lies there by then. So nothing is collected but here, between steps; what a
/// step leaves behind is far less than the room that there is for it.
/// </summary>
internal static class Garbage
{
    private const long Room = 128L << 20; // bytes
    private const long Enough = Room / 2;

    private static long _collectedAt;

    /// <summary>Collects where enough has gathered, and goes on without.</summary>
    public static void Collect()
    {
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            if (GC.GetTotalAllocatedBytes() - _collectedAt < Enough) return;
            GC.EndNoGCRegion();
        }

        GC.Collect();
        _collectedAt = GC.GetTotalAllocatedBytes();
        GC.TryStartNoGCRegion(Room);
    }
}
