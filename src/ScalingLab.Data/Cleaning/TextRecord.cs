using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Cleaning;

/// <summary>A document with the line that it came from.</summary>
/// <param name="Document">Name and text.</param>
/// <param name="Line">The JSON object as it stands in its file, UTF-8; empty for every other kind of corpus.</param>
internal sealed record TextRecord(Document Document, ReadOnlyMemory<byte> Line);
