using System.IO.MemoryMappedFiles;
using ScalingLab.Lab.Preparation;

namespace ScalingLab.Lab.Tests;

/// <summary>While nothing else of this process takes memory.</summary>
[CollectionDefinition(nameof(MemoryPeakTests), DisableParallelization = true)]
public sealed class NothingBeside;

/// <summary>What a process takes for itself is told from what it maps of files.</summary>
[Collection(nameof(MemoryPeakTests))]
public sealed class MemoryPeakTests : IDisposable
{
    private const int Bytes = 64 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_own_memory_counts_and_pages_of_files_do_not()
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere there is no such number
        var file = _folder["mapped"];
        using (var made = File.Create(file)) made.SetLength(Bytes);
        using var peak = new MemoryPeak();
        var before = peak.Bytes;
        using (var mapped = MemoryMappedFile.CreateFromFile(file))
        using (var view = mapped.CreateViewAccessor(0, Bytes, MemoryMappedFileAccess.Read))
        {
            var sum = 0;
            for (long at = 0; at < Bytes; at += 4096) sum += view.ReadByte(at);
            Assert.Equal(0, sum);
        }

        Assert.InRange(peak.Bytes, before, before + (Bytes / 2));
        var own = new byte[Bytes];
        Array.Fill(own, (byte)1);
        Assert.True(peak.Bytes > before + (Bytes / 2));
        GC.KeepAlive(own);
    }
}
