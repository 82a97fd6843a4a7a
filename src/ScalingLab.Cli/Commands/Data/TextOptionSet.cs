using System.CommandLine;
using ScalingLab.Cli.Planning;
using ScalingLab.Data.Corpora;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>Which text a command reads: files and folders, and where in them the text is.</summary>
internal sealed class TextOptionSet
{
    private const string DefaultPart = "text";

    private readonly Argument<string[]> _paths;

    private readonly Option<string?> _corpus = new("--corpus")
    {
        Description = $"One of {string.Join(", ", CorpusKind.All.Select(kind => kind.Name))}; by the first file's "
            + "ending unless given, text for a folder",
    };

    private readonly Option<string?> _field =
        new("--field") { Description = "jsonl: the member that holds the text; text unless given" };

    private readonly Option<string?> _column =
        new("--column") { Description = "csv, tsv: the column that holds the text; text unless given" };

    /// <param name="name">What the paths are called.</param>
    /// <param name="description">What they are.</param>
    public TextOptionSet(string name, string description) => _paths =
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    public void AddTo(Command command)
    {
        command.Add(_paths);
        command.Add(_corpus);
        command.Add(_field);
        command.Add(_column);
    }

    /// <summary>The text of the paths.</summary>
    /// <exception cref="InputException">There is none of that kind: every problem.</exception>
    public CorpusSource Bind(ParseResult parsed) => Bind(parsed, parsed.GetValue(_paths) ?? [], _paths.Name);

    /// <summary>Other text of the same kind.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="paths">Its files and folders.</param>
    /// <param name="place">What a problem's place is called.</param>
    public CorpusSource Bind(ParseResult parsed, IReadOnlyList<string> paths, string place)
    {
        var name = parsed.GetValue(_corpus) ?? KindOf(paths.Count > 0 ? paths[0] : "");
        var problems = new List<Problem>();
        if (CorpusKind.Find(name) is not { } kind)
        {
            throw new InputException("--corpus",
                $"no corpus is called '{name}': {string.Join(", ", CorpusKind.All.Select(one => one.Name))}");
        }
        if (paths.Count == 0 && !kind.FindsOwnFiles) problems.Add(new(place, "names no file or folder; give one"));
        Refuse(_field, CorpusPart.Field);
        Refuse(_column, CorpusPart.Column);
        if (problems.Count > 0) throw new InputException(problems);
        var part = kind.Part is null ? null
            : parsed.GetValue(kind.Part == CorpusPart.Field ? _field : _column) ?? DefaultPart;
        return GridCorpus.Corpus(name, paths, part, null);

        void Refuse(Option<string?> option, CorpusPart part)
        {
            if (parsed.GetValue(option) is not null && kind.Part != part)
                problems.Add(new(option.Name, $"says nothing of the corpus {name}; leave it out"));
        }
    }

    private static string KindOf(string path)
    {
        var ending = Path.GetExtension(
            path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();
        return ending switch
        {
            ".jsonl" or ".ndjson" => "jsonl",
            ".csv" => "csv",
            ".tsv" or ".tab" => "tsv",
            _ => "text",
        };
    }
}
