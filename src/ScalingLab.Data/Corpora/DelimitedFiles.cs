using System.Text;
using ScalingLab.Data.Streams;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Corpora;

/// <summary>
/// Tables of text whose first line names the columns, plain or compressed: a document is one column of a row.
/// CSV is RFC 4180: a field in quotes may hold commas, line ends and, doubled, quotes; a quote anywhere else is a
/// fault. TSV is the same with tabs, but there a quote inside a field stands for itself, since many such files know no
/// quoting. A folder gives its files that end in .csv (or .tsv, .tab), or in this and .gz or .zst.</summary>
/// <param name="Paths">Files and folders.</param>
/// <param name="Column">The column that holds the text.</param>
/// <param name="Tabs">Whether tabs part the fields: TSV, not CSV.</param>
public sealed record DelimitedFiles(IReadOnlyList<string> Paths, string Column, bool Tabs = false)
    : SequentialRecordFiles(Paths)
{
    public override string Kind => Tabs ? "tsv" : "csv";

    internal override string FieldOrColumn => Column;

    private protected override IReadOnlyList<string> Extensions => Tabs ? [".tsv", ".tab"] : [".csv"];

    private protected override RecordReader Open(CorpusFile file, RecordProblems problems) =>
        new Reader(file, problems, Column, Tabs);

    private sealed class Reader : RecordReader
    {
        private const int MaxRowBytes = 1_000_000_000;

        private readonly Stream _stream;
        private readonly CorpusFile _file;
        private readonly RecordProblems _problems;
        private readonly byte _delimiter;
        private readonly bool _quotesMayStandInside;
        private readonly List<byte> _row = [];
        private readonly List<int> _ends = [];
        private readonly int _columns;
        private readonly int _textColumn = -1;
        private long _line = 1;
        private long _rowLine;
        private string? _fault;

        public Reader(CorpusFile file, RecordProblems problems, string column, bool tabs)
        {
            (_file, _problems) = (file, problems);
            _stream = CorpusFiles.Open(file.Path, FileKind.Records);
            Bytes = new(_stream);
            (_delimiter, _quotesMayStandInside) = ((byte)(tabs ? '\t' : ','), tabs);
            if (!ReadRow()) return;
            List<string> names = [.. Enumerable.Range(0, _ends.Count).Select(i => Utf8Text.Decode(Field(i)).Text)];
            _columns = names.Count;
            _textColumn = names.IndexOf(column);
            if (_fault is not null) _problems.Add(_file, _rowLine, _fault);
            else if (_textColumn < 0)
                _problems.Add(_file, _rowLine, $"has no column '{column}'; its columns are "
                    + $"{string.Join(", ", names.Select(name => $"'{name}'"))}.");
            else if (names.LastIndexOf(column) != _textColumn)
                _problems.Add(_file, _rowLine, $"has two columns '{column}'.");
        }

        private Utf8ByteReader Bytes { get; }

        public override void Dispose() => _stream.Dispose();

        public override Document? Next()
        {
            while (_textColumn >= 0 && !_problems.IsFull && ReadRow())
            {
                if (_fault is not null) _problems.Add(_file, _rowLine, _fault);
                else if (_ends.Count == _columns)
                {
                    var (text, replaced) = Utf8Text.Decode(Field(_textColumn));
                    return ToDocument(_file, _rowLine, text, replaced);
                }
                else if (_row.Count > 0 || _ends.Count > 1)
                    _problems.Add(_file, _rowLine,
                        $"has {_ends.Count} fields where the first line names {_columns} columns.");
            }
            return null;
        }

        private ReadOnlySpan<byte> Field(int i)
        {
            var from = i == 0 ? 0 : _ends[i - 1];
            return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_row)[from.._ends[i]];
        }

        /// <summary>Takes the next row apart; what is wrong with it is in _fault. False at the end.</summary>
        private bool ReadRow()
        {
            if (Bytes.Peek() < 0) return false;
            _row.Clear();
            _ends.Clear();
            (_fault, _rowLine) = (null, _line);
            do
            {
                if (Bytes.Peek() == '"') ReadQuoted();
                ReadPlain();
                _ends.Add(_row.Count);
            }
            while (TakeDelimiter());
            return true;
        }

        /// <summary>From the opening quote to the closing one.</summary>
        private void ReadQuoted()
        {
            Bytes.Take();
            var opened = _line;
            while (true)
            {
                var next = Bytes.Take();
                if (next < 0)
                {
                    _fault ??= $"the quote that opens a field on line {opened} is never closed.";
                    return;
                }
                if (next == '"' && Bytes.Peek() != '"') break;
                if (next == '"') Bytes.Take();
                if (next == '\n') _line++;
                if (_row.Count == MaxRowBytes)
                    throw new IOException($"the quote opened on line {opened} is not closed within a gigabyte");
                _row.Add((byte)next);
            }
            if (!IsAtEndOfField())
                _fault ??= $"text follows the quote that closes a field (opened on line {opened}); a quote inside a "
                    + "field is doubled.";
        }

        /// <summary>Up to the field's end.</summary>
        private void ReadPlain()
        {
            while (!IsAtEndOfField())
            {
                var next = Bytes.Take();
                if (next == '"' && !_quotesMayStandInside)
                    _fault ??= "a quote stands inside a field that does not begin with one; put the field in quotes "
                        + "and double those inside.";
                _row.Add((byte)next);
            }
        }

        private bool IsAtEndOfField() =>
            Bytes.Peek() is var next && (next < 0 || next == _delimiter || next == '\n' || IsLineEnd(next));

        private bool IsLineEnd(int next) => next == '\r' && Bytes.PeekSecond() is '\n' or -1;

        /// <summary>Takes what ends a field; true if another follows in this row.</summary>
        private bool TakeDelimiter()
        {
            var next = Bytes.Take();
            if (next == _delimiter) return true;
            if (next == '\r') next = Bytes.Take();
            if (next == '\n') _line++;
            return false;
        }
    }
}
