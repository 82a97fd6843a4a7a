using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Torch;

namespace ScalingLab.Training.Checkpoints;

/// <summary>
/// The file of a checkpoint: magic (8 bytes), length of the header (8, little-endian), header (JSON of
/// <see cref="TrainingProgress"/>), tensors (fp32), SHA-256 of all before (32).
/// </summary>
internal static class CheckpointFile
{
    /// <summary>
    /// The longest header that is read, bytes: a curve of 100,000 points, the most that a grid may ask for, takes some
    /// 50 MB.
    /// </summary>
    public const int MaxHeaderBytes = 128 * 1024 * 1024;

    private const int ChunkValues = 1 << 22;
    private const int BufferBytes = 1 << 20;
    private const int HeaderStart = sizeof(long) + sizeof(long);
    private static readonly byte[] Magic = "SLCKPT01"u8.ToArray();

    /// <summary>Writes the file to the disk.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Write(string path, TrainingProgress progress, IReadOnlyList<Tensor> tensors)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Put(ReadOnlySpan<byte> bytes)
        {
            file.Write(bytes);
            hash.AppendData(bytes);
        }

        // Written and hashed at once; the memory stays until both have ended.
        void PutLarge(Tensor part)
        {
            var hashed = Task.Run(() => hash.AppendData(part.bytes));
            try
            {
                file.Write(part.bytes);
            }
            finally
            {
                hashed.GetAwaiter().GetResult();
            }
        }

        var header = Encoding.UTF8.GetBytes(RunJson.Serialize(progress));
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        Put(Magic);
        Put(length);
        Put(header);
        foreach (var tensor in tensors)
        {
            for (long start = 0; start < tensor.numel(); start += ChunkValues)
            {
                using var part = tensor.narrow(0, start, Math.Min(ChunkValues, tensor.numel() - start)).cpu();
                PutLarge(part);
            }
        }

        file.Write(hash.GetHashAndReset());
        file.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Reads a file of which nothing is believed: what is taken of it is bounded by its own length, and the tensors are
    /// filled only after all of it was checked.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">Why no run can resume from what the header says; null where one can.</param>
    /// <param name="tensors">What it was saved of: all of it, or the first where <paramref name="partly"/>.</param>
    /// <param name="partly">Whether more may follow the tensors.</param>
    /// <exception cref="InvalidDataException">It cannot be resumed from: why. The tensors are as they were.</exception>
    public static TrainingProgress Read(string path, Func<TrainingProgress, string?> problem,
        IReadOnlyList<Tensor> tensors, bool partly)
    {
        if (InputFile.WhyRefused(path, FileKind.State) is { } fault) throw new InvalidDataException(fault.TrimEnd('.'));
        using var file = InputFile.Open(path, FileKind.State);
        if (file.Length < HeaderStart + SHA256.HashSizeInBytes) throw new InvalidDataException("it is cut short");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var header = ReadHeader(file, hash, sizeof(float) * tensors.Sum(t => t.numel()), partly);
        var start = file.Position;
        var finite = ReadToEnd(file, hash);
        var written = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(written))
            throw new InvalidDataException("it does not fit its checksum");
        var progress = Parse(header);
        if (problem(progress) is { } why) throw new InvalidDataException(why);
        if (!finite) throw new InvalidDataException("its tensors hold a number that is not finite");
        file.Position = start;
        foreach (var tensor in tensors) Fill(file, tensor);
        return progress;
    }

    private static byte[] ReadHeader(FileStream file, IncrementalHash hash, long tensorBytes, bool partly)
    {
        var start = new byte[HeaderStart];
        file.ReadExactly(start);
        if (!start.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new InvalidDataException("it is no checkpoint that this program reads");
        var says = BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(Magic.Length));
        var rest = file.Length - HeaderStart - SHA256.HashSizeInBytes; // header and tensors
        if (says < 0 || says > Math.Min(rest, MaxHeaderBytes))
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"its header says that it is {says} bytes long, and the file has {file.Length}"));
        var holds = rest - says;
        if (holds % sizeof(float) != 0 || holds < tensorBytes || (holds > tensorBytes && !partly))
            throw new InvalidDataException(
                FormattableString.Invariant($"its tensors have {holds} bytes, and those of this model {tensorBytes}"));
        var header = new byte[says];
        file.ReadExactly(header);
        hash.AppendData(start);
        hash.AppendData(header);
        return header;
    }

    /// <summary>Hashes the tensors, to the checksum's start; whether all of their values are finite.</summary>
    private static bool ReadToEnd(FileStream file, IncrementalHash hash)
    {
        var (buffer, finite) = (new byte[BufferBytes], true);
        for (var left = file.Length - SHA256.HashSizeInBytes - file.Position; left > 0;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, left));
            file.ReadExactly(part);
            hash.AppendData(part);
            foreach (var value in MemoryMarshal.Cast<byte, float>(part)) finite &= float.IsFinite(value);
            left -= part.Length;
        }

        return finite;
    }

    private static TrainingProgress Parse(byte[] header)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingProgress>(header, RunJson.Options)
                ?? throw new JsonException("null");
        }
        catch (Exception e)
            when (e is JsonException or ArgumentException or NotSupportedException or OverflowException
                or InvalidOperationException)
        {
            throw new InvalidDataException("its header is no JSON of a run's progress", e);
        }
    }

    private static void Fill(FileStream file, Tensor tensor)
    {
        using var quiet = no_grad();
        for (long start = 0; start < tensor.numel(); start += ChunkValues)
        {
            using var scope = NewDisposeScope();
            var values = new float[Math.Min(ChunkValues, tensor.numel() - start)];
            file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            tensor.narrow(0, start, values.Length).copy_(torch.tensor(values));
        }
    }
}
