using System.Runtime.InteropServices;

namespace ScalingLab.Data.Duplicates;

/// <summary>
/// Shingles of documents in a temporary file, so that candidates are compared in little memory, however many there
/// are. The file is gone when this is disposed, or the process ends.
/// </summary>
internal sealed class ShingleFile : IDisposable
{
    private readonly FileStream _file = new(
        Path.Combine(Path.GetTempPath(), $"lab-shingles-{Path.GetRandomFileName()}"), FileMode.CreateNew,
        FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);

    private readonly Dictionary<int, (long Start, int Count)> _places = [];
    private ulong[] _one = [];
    private ulong[] _other = [];

    public void Add(int place, ReadOnlySpan<ulong> shingles)
    {
        _places.Add(place, (_file.Position, shingles.Length));
        _file.Write(MemoryMarshal.AsBytes(shingles));
    }

    /// <summary>Jaccard's similarity of two documents.</summary>
    public double Jaccard(int one, int other)
    {
        var (a, b) = (_places[one].Count, _places[other].Count);
        // The larger set holds all of the smaller at best.
        return Shingles.Jaccard(Read(one, ref _one).AsSpan(0, a), Read(other, ref _other).AsSpan(0, b));
    }

    /// <summary>What the similarity is at most, by the sizes alone.</summary>
    public double Bound(int one, int other)
    {
        var (a, b) = (_places[one].Count, _places[other].Count);
        return (double)Math.Min(a, b) / Math.Max(a, b);
    }

    public void Dispose() => _file.Dispose();

    private ulong[] Read(int place, ref ulong[] buffer)
    {
        var (start, count) = _places[place];
        if (buffer.Length < count) buffer = new ulong[Math.Max(count, 2 * buffer.Length)];
        _file.Flush();
        var bytes = MemoryMarshal.AsBytes(buffer.AsSpan(0, count));
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, bytes[done..], start + done);
            if (read == 0) throw new IOException("the temporary file of shingles ends early");
            done += read;
        }
        return buffer;
    }
}
