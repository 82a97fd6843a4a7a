using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using ScalingLab.Data.Streams;

namespace ScalingLab.Data.Cleaning;

/// <summary>
/// Writes documents as JSON lines, compressed by gzip where the name ends in .gz: whole or not at all. An object of
/// JSON lines keeps every field, and its bytes where the text is unchanged; a document of another corpus has a
/// <c>name</c> and a <c>text</c>.
/// </summary>
internal sealed class RecordWriter : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly string _temporary;
    private readonly string _field;
    private readonly Stream _stream;
    private bool _isFinished;

    /// <param name="path">The file, replaced where it is there.</param>
    /// <param name="field">The member of JSON lines that holds the text.</param>
    public RecordWriter(string path, string field)
    {
        (_path, _temporary, _field) = (path, $"{path}.{Environment.ProcessId}.tmp", field);
        var file = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionLevel.Fastest) : file;
    }

    /// <summary>Documents written.</summary>
    public long Documents { get; private set; }

    /// <summary>UTF-8 bytes of their texts.</summary>
    public long TextBytes { get; private set; }

    /// <summary>Adds a document.</summary>
    /// <param name="record">What it was.</param>
    /// <param name="text">What is left of its text.</param>
    public void Add(TextRecord record, string text)
    {
        if (!record.Line.IsEmpty && ReferenceEquals(text, record.Document.Text)) Copy(record.Line.Span);
        else if (record.Line.IsEmpty) Write(record.Document.Name, text);
        else Write(record.Line, text);
        _stream.WriteByte((byte)'\n');
        Documents++;
        TextBytes += Encoding.UTF8.GetByteCount(text);
    }

    /// <summary>Puts the file in its place.</summary>
    public void Finish()
    {
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _isFinished = true;
    }

    public void Dispose()
    {
        if (_isFinished) return;
        _stream.Dispose();
        File.Delete(_temporary);
    }

    private void Copy(ReadOnlySpan<byte> line) =>
        _stream.Write(Utf8.IsValid(line) ? line : Encoding.UTF8.GetBytes(Utf8Text.Decode(line).Text));

    private void Write(string name, string text)
    {
        using var json = new Utf8JsonWriter(_stream, Options);
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private void Write(ReadOnlyMemory<byte> line, string text)
    {
        if (!Utf8.IsValid(line.Span)) line = Encoding.UTF8.GetBytes(Utf8Text.Decode(line.Span).Text);
        using var record = JsonDocument.Parse(line);
        using var json = new Utf8JsonWriter(_stream, Options);
        json.WriteStartObject();
        foreach (var member in record.RootElement.EnumerateObject())
        {
            if (member.NameEquals(_field)) json.WriteString(_field, text);
            else member.WriteTo(json);
        }
        json.WriteEndObject();
    }
}
