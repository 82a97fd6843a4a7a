using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Files of JSON objects, one a line (JSON Lines; NDJSON), plain or compressed: a document is the text of one
/// field. Lines of white space are passed over; null and white space are no text. A folder gives its files that end in
/// .jsonl or .ndjson, or in these and .gz or .zst.
/// </summary>
/// <param name="Paths">Files and folders.</param>
/// <param name="Field">The object's member that holds the text.</param>
public sealed record JsonLines(IReadOnlyList<string> Paths, string Field) : RecordFiles(Paths)
{
    public override string Kind => "jsonl";

    internal override string FieldOrColumn => Field;

    private protected override IReadOnlyList<string> Extensions { get; } = [".jsonl", ".ndjson"];

    private protected override IEnumerable<CorpusChunk> ChunksOf(CorpusFile file, int place)
    {
        using var stream = CorpusFiles.Open(file.Path, FileKind.Records);
        var chunk = 0;
        foreach (var block in LineBlocks.Read(stream, CorpusChunk.WantedBytes))
            yield return new(new(place, chunk++), block.Length, () => new BlockReader(block, file, Field).Read())
            {
                CompressedFile = CorpusFiles.IsCompressed(file.Path) ? file.Path : null,
            };
    }

    private sealed class BlockReader(LineBlock block, CorpusFile file, string field)
    {
        private readonly byte[] _field = Encoding.UTF8.GetBytes(field);
        private readonly RecordProblems _problems = new();
        private long _line = block.FirstLine - 1;

        public ChunkContents Read()
        {
            var documents = new List<Document>();
            for (var left = block.Span; left.Length > 0 && !_problems.IsFull;)
            {
                var end = left.IndexOf((byte)'\n');
                var line = end < 0 ? left : left[..end];
                left = end < 0 ? [] : left[(end + 1)..];
                _line++;
                if (line.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
                var replaced = 0L;
                if (!Utf8.IsValid(line))
                {
                    (var mended, replaced) = Utf8Text.Decode(line);
                    line = Encoding.UTF8.GetBytes(mended);
                }
                if (Text(line) is { } text) documents.Add(ToDocument(file, _line, text, replaced));
            }
            return new(documents, _problems.Found);
        }

        /// <summary>The field's text, "" where it is null; or null, with the problem told.</summary>
        private string? Text(ReadOnlySpan<byte> line)
        {
            try
            {
                var reader = new Utf8JsonReader(line);
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                    return AddProblem($"is no JSON object but {Describe(reader.TokenType)}.");
                string? text = null;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isWanted = reader.ValueTextEquals(_field);
                    reader.Read();
                    if (!isWanted) reader.Skip();
                    else if (reader.TokenType == JsonTokenType.String) text = reader.GetString()!;
                    else if (reader.TokenType == JsonTokenType.Null) text = "";
                    else return AddProblem($"the field '{field}' is {Describe(reader.TokenType)}; text is expected.");
                }
                reader.Read(); // nothing may follow: anything that does is a JsonException
                return text ?? AddProblem($"has no field '{field}'.");
            }
            catch (JsonException e)
            {
                // The reader appends its own "LineNumber: .. | BytePositionInLine: ..".
                return AddProblem($"is no valid JSON at column {e.BytePositionInLine + 1}: "
                    + $"{e.Message.Split(" LineNumber:", 2)[0].TrimEnd()}");
            }
            catch (InvalidOperationException)
            {
                return AddProblem($"the field '{field}' holds half of a surrogate pair (\\ud800 to \\udfff), which is "
                    + "no character.");
            }
        }

        private string? AddProblem(string text)
        {
            _problems.Add(file, _line, text);
            return null;
        }

        private static string Describe(JsonTokenType kind) => kind switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.Number => "a number",
            JsonTokenType.String => "text",
            JsonTokenType.Null => "null",
            _ => "true or false",
        };
    }
}
