using System.Globalization;
using ScalingLab.Data.Batches;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Markup;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Lab.Preparation;

/// <summary>A grid's text: what is to be prepared, and whether what came of it will do.</summary>
public static class GridCorpus
{
    public static DataRequest ToDataRequest(GridData grid)
    {
        var tokenizer = ToTokenizerRequest(grid);
        var request = grid.Sources.Count == 0
            ? new DataRequest(Corpus(grid.Corpus, grid.Paths, grid.Part, (grid.Root, grid.Strip)), tokenizer)
            : new DataRequest(
                [.. grid.Sources.Zip(Weights(grid)!,
                    (s, w) => new SourceRequest(s.Name, Corpus(s.Corpus, s.Paths, s.Part, (grid.Root, s.Strip)),
                        w.Weight))],
                    tokenizer);
        if (grid.Deduplicate is { } copies)
            request = request with { Deduplicate = new DuplicateOptions { Near = copies.Near } };
        return grid.HeldOut is { } share ? request with { HeldOutFraction = share } : request;
    }

    /// <summary>The tokenizer, for people.</summary>
    public static string DescribeTokenizer(GridData grid) => grid.Tokenizer switch
    {
        GridTokenizerKind.Bpe => "byte-level BPE, trained on the training text",
        GridTokenizerKind.File => $"byte-level BPE of {Path.GetFileName(grid.TokenizerDetails!.Path)}",
        _ => TokenizerName(grid.Tokenizer),
    };

    /// <summary>What the runs of a grid read, by content.</summary>
    /// <param name="grid">The grid's data.</param>
    /// <param name="corpusHash">SHA-256 of the text, or of the teacher.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer, or of the teacher.</param>
    public static DataIdentity Identity(GridData grid, string corpusHash, string tokenizerHash) =>
        grid.Teacher is { } teacher
        ? new DataIdentity(grid.Corpus, corpusHash, tokenizerHash) { Teacher = teacher }
        : new DataIdentity(grid.Corpus, corpusHash, tokenizerHash, ToDataRequest(grid).HeldOutFraction)
            { Sources = Weights(grid) };

    /// <summary>The sources of a mixture with weights that add up to 1; null for a corpus alone.</summary>
    public static IReadOnlyList<SourceWeight>? Weights(GridData grid)
    {
        var all = grid.Sources.Sum(s => s.Weight);
        return grid.Sources.Count == 0 ? null : [.. grid.Sources.Select(s => new SourceWeight(s.Name, s.Weight / all))];
    }

    /// <summary>The corpus, or the mixture with its shares, for people.</summary>
    public static string DescribeCorpus(GridData grid) =>
        grid.Teacher is { } teacher ? $"{grid.Corpus} ({teacher.Title})"
        : Weights(grid) is not { } sources ? grid.Corpus
        : $"mixture of {string.Join(", ", sources.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} ({s.Weight:P1})")))}";

    /// <summary>Where the text is to be found, for people.</summary>
    public static string DescribePaths(GridData grid) => grid.Sources.Count == 0
        ? $"{grid.Corpus} {string.Join(' ', grid.Paths)}"
        : string.Join("; ", grid.Sources.Select(s => $"{s.Name}: {s.Corpus} {string.Join(' ', s.Paths)}"));

    /// <summary>Checks that every source has text for a sequence and for the subsets asked for.</summary>
    /// <exception cref="InputException">It has not: every problem.</exception>
    public static void RequireEnough(GridData grid, PreparedData data, int context)
    {
        var problems = new List<Problem>();
        var weights = Weights(grid);
        for (var i = 0; i < data.Sources.Count; i++)
        {
            var (source, weight) = (data.Sources[i], weights?[i].Weight ?? 1);
            var of = source.Name.Length > 0 ? $" of {source.Name}" : "";
            foreach (var (side, tokens)
                in new[] { ("training", source.TrainTokens), ("validation", source.ValidationTokens) })
            {
                const string Mend = "give more text or a shorter context";
                if (tokens < context + 1)
                    Wrong("data",
                        $"the {side} text{of} has {tokens:N0} tokens; a context of {context} needs at least {context + 1}: {Mend}");
            }

            foreach (var unique in grid.UniqueTokens)
            {
                var wanted = RunTextRequest.UniqueTokensOfSource(unique, weight);
                if (wanted > source.UniqueTrainTokens)
                {
                    Wrong(
                        "data.uniqueTokens",
                        $"{unique:N0} takes {wanted:N0} tokens{of}; the training text{of} has {source.UniqueTrainTokens:N0}, copies not counted");
                }
                else if (wanted < context + 1)
                    Wrong("data.uniqueTokens",
                        $"{unique:N0} leaves {wanted:N0} tokens{of}; a context of {context} needs at least {context + 1}");
            }
        }

        if (problems.Count > 0) throw new InputException(problems);

        void Wrong(string place, FormattableString text) =>
            problems.Add(new Problem(place, text.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Where text comes from.</summary>
    /// <param name="kind">One of <see cref="CorpusKind.All"/>.</param>
    /// <param name="paths">Files and folders.</param>
    /// <param name="part">The field or column, where the kind has one.</param>
    /// <param name="options">The folder that they must lie in, null for anywhere; the markup to take out, null for
    /// none.</param>
    public static CorpusSource Corpus(string kind, IReadOnlyList<string> paths, string? part,
        (string? Root, string? Strip) options)
    {
        CorpusSource corpus = kind switch
        {
            "text" => new TextFiles(paths),
            "jsonl" => new JsonLines(paths, part!),
            "csv" => new DelimitedFiles(paths, part!),
            "tsv" => new DelimitedFiles(paths, part!, Tabs: true),
            "parquet" => new ParquetFiles(paths, part!),
            "dotnet-docs" => new DotnetDocs(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        return corpus with
        {
            Within = options.Root,
            Strip = options.Strip is { } markup ? Enum.Parse<MarkupKind>(markup, ignoreCase: true) : MarkupKind.None,
        };
    }

    /// <summary>The corpus of a file by the ending of its name.</summary>
    /// <param name="file">JSON lines, a table, or plain text.</param>
    /// <param name="part">The field or column that holds the text; plain text has none.</param>
    public static CorpusSource OfFile(string file, string part) =>
        Corpus(KindByEnding(file) ?? "text", [file], part, (null, null));

    /// <summary>
    /// The corpus that files of this name are, those of compression aside; null where it is only text.
    /// </summary>
    public static string? KindByEnding(string file)
    {
        var ending = Path.GetExtension(file).ToLowerInvariant();
        if (ending is ".gz" or ".zst")
            ending = Path.GetExtension(Path.GetFileNameWithoutExtension(file)).ToLowerInvariant();
        return ending switch
        {
            ".jsonl" or ".ndjson" => "jsonl",
            ".csv" => "csv",
            ".tsv" or ".tab" => "tsv",
            ".parquet" or ".pq" => "parquet",
            _ => null,
        };
    }

    private static TokenizerRequest ToTokenizerRequest(GridData grid)
    {
        var details = grid.TokenizerDetails;
        return new TokenizerRequest(TokenizerName(grid.Tokenizer), grid.Vocabulary ?? 0)
        {
            Path = details?.Path,
            Pattern = details?.Pattern,
            PreSplit = details?.PreSplit,
            SpecialTokens = details?.SpecialTokens,
            Within = grid.Root,
        };
    }

    private static string TokenizerName(GridTokenizerKind kind) => GridTokenizer.Kinds[(int)kind];
}
