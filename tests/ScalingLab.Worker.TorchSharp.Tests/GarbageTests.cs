using ScalingLab.Torch;

namespace ScalingLab.Worker.TorchSharp.Tests;

public sealed class GarbageTests
{
    private static byte[] _last = []; // what nobody could see would not be made

    // One method, since collections are the whole process's.
    [Fact]
    public void Nothing_is_collected_but_between_steps_and_there_it_is()
    {
        Kernels.collect_garbage();
        var before = GC.CollectionCount(0);
        var other = new Thread(() => Waste(megabytes: 30));
        other.Start();
        other.Join();
        Assert.Equal(before, GC.CollectionCount(0));

        Waste(megabytes: 70);
        Kernels.collect_garbage();
        Assert.True(GC.CollectionCount(0) > before);
        before = GC.CollectionCount(0);
        Waste(megabytes: 30);
        Assert.Equal(before, GC.CollectionCount(0));
    }

    private static void Waste(int megabytes)
    {
        for (var i = 0; i < megabytes * 1000; i++) _last = new byte[1000];
    }
}
