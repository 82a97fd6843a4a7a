using System.Globalization;
using System.Text;
using ScalingLab.Data.Duplicates;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>A study of planted near copies as a page of Markdown.</summary>
internal static class DedupPage
{
    /// <param name="rows">The study.</param>
    /// <param name="text">What text it is of.</param>
    /// <param name="leastWords">Words of the shortest document.</param>
    /// <param name="seed">Seeds the edits.</param>
    public static string Render(IReadOnlyList<DuplicateStudyRow> rows, string text, int leastWords, int seed)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # How many near copies are found?

            Written by `lab bench dedup`; do not edit. Text: {text}. Each document of at least {leastWords} words gets
            one copy (seed {seed}): each word is edited with the probability of the rate, a third of the time each
            replaced by another word of the text, left out, or preceded by another. Before that, documents that are
            near copies at the lowest threshold are taken out. The search is that of `lab data dedup --near`.

            - Predicted: the Jaccard similarity that the rate leads to, s / (2 - s) with s = (1 - rate)^words, if every
              edit were a replacement and no shingle stood twice. Mean: the true similarity of the pairs.
            - At threshold: the share of the pairs whose true similarity is at least the threshold; no search by
              similarity can find more. Expected: the mean of the S-curve 1 - (1 - s^rows)^bands over these pairs.
            - Recall: the share of the copies that were removed for their own original. Precision: the share of the
              removed documents that are such copies.


            """);
        foreach (var words in rows.GroupBy(row => row.ShingleWords))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"## Shingles of {words.Key} words, {words.First().Planted:N0} copies\n\n");
            page.Append("| edits | predicted | mean | threshold | bands x rows | at threshold | expected | recall | "
                + "precision |\n|---|---|---|---|---|---|---|---|---|\n");
            foreach (var row in words)
            {
                var precision = row.Precision is { } p ? p.ToString("F4", CultureInfo.InvariantCulture) : "";
                page.Append(CultureInfo.InvariantCulture,
                    $"| {100 * row.EditRate:F0} % | {row.PredictedSimilarity:F3} | {row.MeanSimilarity:F3} | ")
                    .Append(CultureInfo.InvariantCulture,
                    $"{row.Threshold:F1} | {row.Bands.Bands} x {row.Bands.Rows} | {row.AtThreshold:F4} | ")
                    .Append(CultureInfo.InvariantCulture, $"{row.Expected:F4} | {row.Recall:F4} | {precision} |\n");
            }
            page.Append('\n');
        }
        return page.ToString().TrimEnd('\n') + "\n";
    }
}
