using System.CommandLine;
using ScalingLab.Data.Corpora;
using ScalingLab.Lab.Preparation;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Cli.Commands.Data;

/// <summary>Which text a command reads: files and folders, and where in them the text is.</summary>
internal sealed class TextOptionSet
{
    private const string DefaultPart = "text";

    private static readonly string Plain =
        CorpusKind.OfText.First(kind => kind is { FindsOwnFiles: false, Part: null }).Name;

    private readonly Argument<string[]> _paths;

    private readonly Option<string?> _corpus = new("--corpus")
    {
        Description = $"One of {string.Join(", ", CorpusKind.OfText.Select(kind => kind.Name))}; by the first file's "
            + "ending unless given, text for a folder",
    };

    private readonly Option<string?> _field =
        new("--field") { Description = "jsonl: the member that holds the text; text unless given" };

    private readonly Option<string?> _column =
        new("--column") { Description = "csv, tsv, parquet: the column that holds the text; text unless given" };

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

    /// <summary>The paths as they were given.</summary>
    public string[] Paths(ParseResult parsed) => parsed.GetValue(_paths) ?? [];

    /// <summary>The paths without the folders that they are in.</summary>
    public IEnumerable<string> Names(ParseResult parsed) =>
        Paths(parsed).Select(path => Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));

    /// <summary>The text of the paths.</summary>
    /// <exception cref="InputException">There is none of that kind: every problem.</exception>
    public CorpusSource Bind(ParseResult parsed)
    {
        var paths = Paths(parsed);
        var name = parsed.GetValue(_corpus) ?? KindByEnding(paths) ?? Plain;
        var source = Create(parsed, name, paths, _paths.Name, out var kind);
        List<Problem> problems = [.. Unused(_field, CorpusPart.Field), .. Unused(_column, CorpusPart.Column)];
        return problems.Count == 0 ? source : throw new InputException(problems);

        IEnumerable<Problem> Unused(Option<string?> option, CorpusPart part) =>
            parsed.GetValue(option) is null || kind.Part == part ? []
            : [new(option.Name, $"says nothing of the corpus {name}; leave it out")];
    }

    /// <summary>Options of text have no meaning where a grid's file is named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="others">Further options of text.</param>
    /// <exception cref="InputException">Some are given: each.</exception>
    public void RefuseBesideGrid(ParseResult parsed, params Option[] others)
    {
        List<Problem> problems =
        [
            .. others.Concat([_corpus, _field, _column]).Where(option => parsed.GetResult(option) is not null)
                .Select(option => new Problem(option.Name, "is of files of text; a grid says it in its data")),
        ];
        if (problems.Count > 0) throw new InputException(problems);
    }

    /// <summary>Other text: of the kind that its first file's ending says, else of the same.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="paths">Its files and folders.</param>
    /// <param name="place">What a problem's place is called.</param>
    public CorpusSource Bind(ParseResult parsed, IReadOnlyList<string> paths, string place) => Create(
        parsed,
        KindByEnding(paths) ?? parsed.GetValue(_corpus) ?? KindByEnding(Paths(parsed)) ?? Plain,
        paths, place, out _);

    private CorpusSource Create(
        ParseResult parsed, string name, IReadOnlyList<string> paths, string place, out CorpusKind kind)
    {
        kind = CorpusKind.OfText.FirstOrDefault(one => one.Name == name) ?? throw new InputException("--corpus",
            $"no text is of the kind '{name}': {string.Join(", ", CorpusKind.OfText.Select(one => one.Name))}");
        if (paths.Count == 0 && !kind.FindsOwnFiles)
            throw new InputException(place, "names no file or folder; give one");
        var part = kind.Part is null ? null
            : parsed.GetValue(kind.Part == CorpusPart.Field ? _field : _column) ?? DefaultPart;
        return GridCorpus.Corpus(name, paths, part, (null, null));
    }

    /// <summary>The corpus of the first path's ending; null for a folder, which has none.</summary>
    private static string? KindByEnding(IReadOnlyList<string> paths) =>
        paths.Count == 0 || Directory.Exists(paths[0]) ? null : GridCorpus.KindByEnding(paths[0]) ?? Plain;
}
