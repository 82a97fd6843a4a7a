using System.CommandLine;
using ScalingLab.Data.Corpora;
using ScalingLab.Lab.Preparation;

namespace ScalingLab.Cli.Commands.Tokenizers;

/// <summary>
/// Files of text on a command line: JSON lines, tables and plain text by the endings of their names, as corpora read
/// them.
/// </summary>
internal sealed class TextFileSet
{
    private const string DefaultField = "text";

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Files of text: .jsonl and .ndjson by a field, .csv and .tsv by a column, others whole; "
            + "also with .gz; folders of plain text",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _field = new("--field")
    {
        Description = $"The field or column that holds the text; \"{DefaultField}\" unless given",
        DefaultValueFactory = _ => DefaultField,
    };

    /// <summary>Adds files and field to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_files);
        command.Add(_field);
    }

    /// <summary>The files as they were named, each with what reads it.</summary>
    public IReadOnlyList<(string File, CorpusSource Source)> Sources(ParseResult parsed) =>
        [.. parsed.GetRequiredValue(_files).Select(file => (file, GridCorpus.OfFile(file, parsed.GetValue(_field)!)))];
}
