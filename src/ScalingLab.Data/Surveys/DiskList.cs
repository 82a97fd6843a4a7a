using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Surveys;

/// <summary>A list on disk, of items of fixed size, written to its end and then read from its beginning.</summary>
/// <param name="path">Its file, read only by the machine that wrote it.</param>
internal sealed class DiskList<T>(string path) where T : unmanaged
{
    private const int MaxPending = 1 << 14;

    private readonly List<T> _pending = [];
    private long _written;

    public long Count => _written + _pending.Count;

    /// <summary>Goes on behind the first items; what is behind them is dropped.</summary>
    /// <exception cref="IOException">There are fewer.</exception>
    public void BeginWriting(long items)
    {
        using var file = Writer();
        var length = items * Unsafe.SizeOf<T>();
        if (file.Length < length) throw new IOException($"{path}: ends too early.");
        file.SetLength(length);
        _written = items;
    }

    public void Add(T item)
    {
        _pending.Add(item);
        if (_pending.Count == MaxPending) Flush(toDisk: false);
    }

    /// <summary>What has been added is in the file then.</summary>
    /// <param name="toDisk">Whether not even a power cut takes it.</param>
    public void Flush(bool toDisk)
    {
        using var file = Writer();
        file.Position = _written * Unsafe.SizeOf<T>();
        file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_pending)));
        file.Flush(toDisk);
        _written += _pending.Count;
        _pending.Clear();
    }

    /// <summary>Begins to read what was written before.</summary>
    public void Open(long items) => _written = items;

    public IEnumerable<T> Read()
    {
        if (Count == 0) yield break;
        using var file = InputFile.Open(path, FileKind.State);
        var buffer = new T[1 << 12];
        for (var left = Count; left > 0;)
        {
            var count = (int)Math.Min(buffer.Length, left);
            file.ReadExactly(MemoryMarshal.AsBytes(buffer.AsSpan(0, count)));
            for (var i = 0; i < count; i++) yield return buffer[i];
            left -= count;
        }
    }

    private FileStream Writer() => new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
}
