using System.Runtime.InteropServices;
using ParquetSharp;
using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Apache Parquet: a document is one column of a row, read page by page. The column holds text, or bytes of UTF-8, and
/// lies in no list; one within a group is named with a dot ("meta.text"). Null is no text. A folder gives its files
/// that end in .parquet or .pq.</summary>
/// <param name="Paths">Files and folders.</param>
/// <param name="Column">The column that holds the text.</param>
public sealed record ParquetFiles(IReadOnlyList<string> Paths, string Column) : SequentialRecordFiles(Paths)
{
    public override string Kind => "parquet";

    internal override string FieldOrColumn => Column;

    private protected override IReadOnlyList<string> Extensions { get; } = [".parquet", ".pq"];

    private protected override FileKind Holds => FileKind.Parquet;

    private protected override RecordReader Open(CorpusFile file, RecordProblems problems) =>
        new Reader(file, problems, Column);

    private sealed class Reader : RecordReader
    {
        private const int BatchRows = 256;

        private readonly CorpusFile _file;
        private readonly RecordProblems _problems;
        private readonly Stream _stream;
        private readonly ParquetFileReader? _parquet;
        private readonly ParquetSharp.IO.ManagedRandomAccessFile? _access;
        private readonly int _column = -1;
        private readonly ByteArray[] _values = new ByteArray[BatchRows];
        private readonly short[] _levels = new short[BatchRows];
        private readonly Queue<Document> _ready = [];
        private RowGroupReader? _group;
        private ColumnReader? _pages;
        private int _nextGroup;
        private long _row;

        public Reader(CorpusFile file, RecordProblems problems, string column)
        {
            (_file, _problems) = (file, problems);
            _stream = InputFile.Open(file.Path, FileKind.Parquet);
            try
            {
                _access = new(_stream);
                using var properties = ReaderProperties.GetDefaultReaderProperties();
                properties.EnableBufferedStream();
                _parquet = new(_access, properties);
                _column = Find(_parquet.FileMetaData.Schema, column);
            }
            catch (ParquetException damaged)
            {
                Dispose();
                throw Damaged(damaged);
            }
        }

        public override Document? Next()
        {
            try
            {
                while (_ready.Count == 0)
                {
                    if (_column < 0 || !FillFromPages()) return null;
                }
                return _ready.Dequeue();
            }
            catch (ParquetException damaged)
            {
                throw Damaged(damaged);
            }
        }

        public override void Dispose()
        {
            _pages?.Dispose();
            _group?.Dispose();
            _parquet?.Dispose();
            _access?.Dispose();
            _stream.Dispose();
        }

        /// <summary>The column's place; -1 with the problem told.</summary>
        private int Find(SchemaDescriptor schema, string name)
        {
            var columns = Enumerable.Range(0, schema.NumColumns).Select(schema.Column).ToList();
            var at = columns.FindIndex(column => column.Path.ToDotString() == name);
            if (at < 0)
            {
                var names = string.Join(", ", columns.Select(column => $"'{column.Path.ToDotString()}'"));
                _problems.Add($"{_file.Path}: has no column '{name}'; its columns are {names}.");
            }
            else if (columns[at].PhysicalType != PhysicalType.ByteArray
                || columns[at].LogicalType.Type is not (LogicalTypeEnum.String or LogicalTypeEnum.None
                    or LogicalTypeEnum.Json or LogicalTypeEnum.Enum))
            {
                _problems.Add($"{_file.Path}: the column '{name}' holds {columns[at].PhysicalType}, "
                    + $"{columns[at].LogicalType.Type}; text is expected.");
            }
            else if (columns[at].MaxRepetitionLevel > 0)
                _problems.Add($"{_file.Path}: the column '{name}' lies in a list; one text a row is expected.");
            else return at;
            return -1;
        }

        /// <summary>Reads the next rows. False at the end.</summary>
        private bool FillFromPages()
        {
            while (_pages is null || !_pages.HasNext)
            {
                _pages?.Dispose();
                _group?.Dispose();
                (_pages, _group) = (null, null);
                if (_nextGroup == _parquet!.FileMetaData.NumRowGroups) return false;
                _group = _parquet.RowGroup(_nextGroup++);
                _pages = _group.Column(_column);
            }
            var full = _pages.ColumnDescriptor.MaxDefinitionLevel;
            var rows = ((ColumnReader<ByteArray>)_pages).ReadBatch(BatchRows, full > 0 ? _levels : null, null, _values,
                out _);
            if (rows == 0) throw new InvalidDataException("a row group ends before its rows do");
            for (var (row, value) = (0, 0); row < rows; row++)
            {
                var isNull = full > 0 && _levels[row] < full;
                var (text, replaced) = isNull ? ("", 0L) : Text(_values[value++]);
                _ready.Enqueue(ToDocument(_file, ++_row, text, replaced));
            }
            return true;
        }

        private static (string Text, long Replaced) Text(ByteArray value)
        {
            if (value.Length == 0) return ("", 0);
            var bytes = new byte[value.Length];
            Marshal.Copy(value.Pointer, bytes, 0, bytes.Length);
            return Utf8Text.Decode(bytes);
        }

        /// <summary>The library's message is "TYPE (message: 'WHAT')".</summary>
        private static InvalidDataException Damaged(ParquetException error)
        {
            var text = error.Message;
            var from = text.IndexOf("(message: '", StringComparison.Ordinal);
            if (from >= 0) text = text[(from + 11)..].TrimEnd(')', '\'', '\n');
            return new(text.ReplaceLineEndings(" ").Trim(), error);
        }
    }
}
