using System.Buffers.Binary;
using System.Numerics;

namespace ScalingLab.Reporting.TensorBoard;

/// <summary>
/// A run's curve as TensorBoard reads it: an event file, which is a TFRecord file of Event messages (protocol buffers).
/// Formats: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, and summary.proto beside it.
/// </summary>
internal static class EventFile
{
    private const string Version = "brain.Event:2";
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>
    /// What a run's file is called: TensorBoard looks for "tfevents" in the name.
    /// </summary>
    public const string Name = "events.out.tfevents.0.scalinglab";

    /// <summary>The bytes of a file; the same events give the same bytes.</summary>
    /// <param name="began">When the run began: the time of the file's first event, which says its version.</param>
    /// <param name="events">By time.</param>
    public static byte[] Write(DateTimeOffset began, IEnumerable<ScalarEvent> events)
    {
        var file = new MemoryStream();
        Add(file, new ProtobufWriter().Double(1, Seconds(began)).Text(3, Version));
        foreach (var happened in events)
        {
            var summary = new ProtobufWriter();
            foreach (var (tag, value) in happened.Values)
                summary.Message(1, new ProtobufWriter().Text(1, tag).Single(2, (float)value));
            Add(file, new ProtobufWriter().Double(1, Seconds(happened.At)).Varint(2, happened.Step)
                .Message(5, summary));
        }
        return file.ToArray();
    }

    /// <summary>CRC-32C (Castagnoli), rotated and moved, as TFRecord has it.</summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes) crc = BitOperations.Crc32C(crc, next);
        return unchecked(BitOperations.RotateRight(~crc, 15) + MaskDelta);
    }

    // Length and its check, the message and its check.
    private static void Add(MemoryStream file, ProtobufWriter message)
    {
        var bytes = message.ToArray();
        Span<byte> head = stackalloc byte[12], foot = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(foot, MaskedCrc(bytes));
        file.Write(head);
        file.Write(bytes);
        file.Write(foot);
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;
}

/// <summary>Scalars of one step.</summary>
/// <param name="At">When.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Values">Names and values; written in single precision, as the format's simple_value.</param>
internal sealed record ScalarEvent(DateTimeOffset At, long Step, IReadOnlyList<(string Tag, double Value)> Values);
