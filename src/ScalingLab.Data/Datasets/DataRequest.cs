using System.Globalization;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Duplicates;
using ScalingLab.Data.Markup;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Data.Datasets;

/// <summary>A corpus to prepare.</summary>
/// <param name="Name">Its name in a mixture, part of file names; empty where it is the only one.</param>
/// <param name="Corpus">Where its text comes from.</param>
/// <param name="Weight">Its share in the mixture, above 0: by it the tokenizer learns from the source's text.</param>
public sealed record SourceRequest(string Name, CorpusSource Corpus, double Weight);

/// <summary>What to prepare: one corpus, or several to be mixed, under one tokenizer.</summary>
/// <param name="HeldOutFraction">Share of each source's text kept for validation, between 0 and 1.</param>
public sealed record DataRequest(IReadOnlyList<SourceRequest> Sources, TokenizerRequest Tokenizer,
    double HeldOutFraction = 0.05)
{
    /// <summary>One corpus.</summary>
    public DataRequest(CorpusSource corpus, TokenizerRequest tokenizer, double heldOutFraction = 0.05)
        : this([new SourceRequest("", corpus, 1)], tokenizer, heldOutFraction)
    {
    }

    /// <summary>Which copies are left out of the text of all sources before it is split; null: none.</summary>
    public DuplicateOptions? Deduplicate { get; init; }

    /// <summary>The rule by which copies are left out, for hashes and people; empty where none are.</summary>
    internal string CopyRule => Deduplicate is not { } rule ? "" : rule.Near is not { } near ? "exact"
        : string.Create(CultureInfo.InvariantCulture, $"near {near:R}");

    /// <summary>The kinds of the sources, for people.</summary>
    internal string Kind => IsMixture ? "mixture" : Sources[0].Corpus.Kind;

    internal bool IsMixture => Sources is not [{ Name: "" }];

    /// <summary>Finds the corpora and checks everything asked for.</summary>
    /// <returns>The files of each source.</returns>
    /// <exception cref="DataException">Lists every problem.</exception>
    internal IReadOnlyList<CorpusListing> Check()
    {
        var problems = new List<string>(Tokenizer.Problems());
        if (HeldOutFraction is not (> 0 and < 1))
            problems.Add($"The held-out fraction is {HeldOutFraction}: it must lie between 0 and 1, as 0.05 does.");
        if (Deduplicate?.Near is { } near && near is not (>= GridDeduplication.LeastNear and <= 1))
            problems.Add($"Near copies are to be left out from a similarity of {near}: it must lie between "
                + $"{GridDeduplication.LeastNear} and 1, as 0.8 does.");
        var listings = new List<CorpusListing>();
        foreach (var source in Sources)
        {
            try
            {
                listings.Add(source.Corpus.List());
            }
            catch (DataException found)
            {
                problems.AddRange(found.Problems);
            }
        }
        return problems.Count == 0 ? listings : throw new DataException(problems);
    }

    /// <summary>
    /// Names the prepared folder: 16 hexadecimal digits of all that the result depends on, with the files' sizes and
    /// times standing for their content.</summary>
    internal string Key(IReadOnlyList<CorpusListing> listings)
    {
        using var hash = new ContentHash();
        hash.Add(DataFile.CurrentVersion).Add(Kind).Add(HeldOutFraction.ToString("R", CultureInfo.InvariantCulture));
        Tokenizer.AddTo(hash);
        if (Deduplicate is not null) hash.Add($"without copies: {CopyRule}");
        foreach (var (source, listing) in Sources.Zip(listings))
        {
            // Of a corpus alone the folder has the name that it always had.
            if (IsMixture) hash.Add(source.Name).Add(source.Corpus.Kind)
                .Add(source.Weight.ToString("R", CultureInfo.InvariantCulture));
            if (IsMixture || source.Corpus.FieldOrColumn.Length > 0) hash.Add(source.Corpus.FieldOrColumn);
            if (source.Corpus.Strip != MarkupKind.None) hash.Add($"without {source.Corpus.Strip}");
            foreach (var file in listing.Files) hash.Add(file.Name).Add(file.Path).Add(file.Bytes)
                .Add(file.Modified.UtcTicks);
        }
        return hash.Hex()[..16];
    }
}
