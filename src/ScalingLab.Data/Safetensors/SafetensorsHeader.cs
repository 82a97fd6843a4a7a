using System.Buffers.Binary;
using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Safetensors;

/// <summary>
/// What a safetensors file says that it holds: length of the header (8 bytes, little-endian), header (JSON: name to
/// dtype, shape and data_offsets), data without holes. Nothing of it is believed: what is returned lies inside the
/// file, and no two tensors share a byte.
/// </summary>
public static class SafetensorsHeader
{
    /// <summary>Bytes of the length before the header.</summary>
    public const int LengthBytes = sizeof(long);

    /// <summary>The longest header, bytes: the most that the format allows.</summary>
    public const int MaxBytes = 100_000_000;

    private const string MetadataName = "__metadata__";
    private const int MostProblems = 20;
    private const int MostDimensions = 8;
    private const int MostNameLetters = 400;

    /// <summary>Its tensors, in the order of their places.</summary>
    /// <exception cref="DataException">It is not there or no such file: every problem.</exception>
    public static IReadOnlyList<TensorEntry> Read(string path)
    {
        try
        {
            using var file = InputFile.Open(path, FileKind.Weights);
            var (header, length) = (HeaderOf(path, file), file.Length);
            using var json = JsonDocument.Parse(header);
            return Entries(path, json.RootElement, LengthBytes + header.Length, length);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read as safetensors: {e.Message}", e);
        }
    }

    private static byte[] HeaderOf(string path, FileStream file)
    {
        if (file.Length < LengthBytes) throw new DataException($"{path}: is cut short.");
        var start = new byte[LengthBytes];
        file.ReadExactly(start);
        var says = BinaryPrimitives.ReadInt64LittleEndian(start);
        if (says < 2 || says > Math.Min(MaxBytes, file.Length - LengthBytes))
            throw new DataException(FormattableString.Invariant(
                $"{path}: is no safetensors file: its header would have {says} bytes, and the file has {file.Length}."));
        var header = new byte[says];
        file.ReadExactly(header);
        if (header[0] != (byte)'{') throw new DataException($"{path}: is no safetensors file: its header is no JSON.");
        return header;
    }

    private static List<TensorEntry> Entries(string path, JsonElement root, long dataStart, long fileLength)
    {
        var (entries, problems, names) =
            (new List<TensorEntry>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var item in root.EnumerateObject())
        {
            if (item.Name == MetadataName) continue;
            if (!names.Add(item.Name)) problems.Add($"{Shown(item.Name)} stands twice");
            else if (Entry(item.Name, item.Value, dataStart, out var why) is { } entry) entries.Add(entry);
            else problems.Add($"{Shown(item.Name)} {why}");
            if (problems.Count >= MostProblems) break;
        }

        if (problems.Count == 0) problems.AddRange(PlaceProblems(entries, dataStart, fileLength).Take(MostProblems));
        return problems.Count == 0 ? entries
            : throw new DataException([.. problems.Select(problem => $"{path}: {problem}.")]);
    }

    private static TensorEntry? Entry(string name, JsonElement value, long dataStart, out string why)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dtype", out var dtype)
            || dtype.ValueKind != JsonValueKind.String || !value.TryGetProperty("shape", out var shape)
            || !value.TryGetProperty("data_offsets", out var offsets))
        {
            why = "has no dtype, shape and data_offsets";
            return null;
        }

        var type = dtype.GetString()!;
        if (TensorEntry.SizeOf(type) is not { } size)
        {
            why = $"has the dtype {Shown(type)}, which is not known here";
            return null;
        }

        if (Numbers(shape) is not { Count: <= MostDimensions } dimensions || Numbers(offsets) is not [var from, var to])
        {
            why = "has a shape or data_offsets that are no whole numbers from 0 on";
            return null;
        }

        var bytes = dimensions.Aggregate((Int128)size, (product, next) => product > long.MaxValue ? product
            : product * next);
        if (to < from || bytes != to - from)
        {
            why = FormattableString.Invariant(
                $"has {type} of {TensorEntry.Written(dimensions)}, but data_offsets from {from} to {to}");
            return null;
        }

        why = "";
        // added as Int128: a place beyond the largest file is beyond this one too
        var start = (Int128)dataStart + from;
        return new TensorEntry(name, type, dimensions, (long)Int128.Min(start, long.MaxValue), to - from);
    }

    private static IEnumerable<string> PlaceProblems(List<TensorEntry> entries, long dataStart, long fileLength)
    {
        entries.Sort((a, b) => (a.Start, a.Bytes).CompareTo((b.Start, b.Bytes)));
        var end = dataStart;
        foreach (var entry in entries)
        {
            if (entry.Start < end) yield return $"{Shown(entry.Name)} lies over the tensor before it";
            else if (entry.Start > end) yield return $"there is a hole before {Shown(entry.Name)}";
            if (entry.Bytes > fileLength - entry.Start)
            {
                yield return $"{Shown(entry.Name)} reaches beyond the file's end: it is cut short";
                yield break;
            }

            end = Math.Max(end, entry.Start + entry.Bytes);
        }

        if (end < fileLength)
            yield return FormattableString.Invariant($"{fileLength - end} bytes after the last tensor belong to none");
    }

    private static List<long>? Numbers(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array) return null;
        var numbers = new List<long>();
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0) return null;
            numbers.Add(number);
        }

        return numbers;
    }

    private static string Shown(string name) => name.Length <= MostNameLetters ? name : $"{name[..MostNameLetters]}...";
}
