namespace ScalingLab.Data.Cleaning;

/// <summary>Documents and the UTF-8 bytes of their texts.</summary>
public sealed record TextCount(long Documents, long Bytes)
{
    internal TextCount With(long bytes) => new(Documents + 1, Bytes + bytes);
}

/// <summary>What a deduplication found and wrote.</summary>
/// <param name="Files">Files read, the reference text not counted.</param>
/// <param name="Read">Documents with text.</param>
/// <param name="Kept">What is left, and was written where a file was named.</param>
/// <param name="Exact">Removed: equal, when normalized, to one that is kept.</param>
/// <param name="Near">Removed: near one that is kept.</param>
/// <param name="Groups">Groups of two documents or more.</param>
/// <param name="LargestGroup">Documents of the largest.</param>
/// <param name="Paragraphs">What was done to paragraphs; null: nothing.</param>
/// <param name="Settings">How it was done, word by word.</param>
/// <param name="Samples">The first removed documents.</param>
/// <param name="Notes">What a reader should know: files left out.</param>
public sealed record DeduplicationReport(
    int Files, TextCount Read, TextCount Kept, TextCount Exact, TextCount Near, int Groups, int LargestGroup,
    ParagraphReport? Paragraphs, DeduplicationSettings Settings, IReadOnlyList<CopySample> Samples,
    IReadOnlyList<string> Notes);

/// <summary>What was done to paragraphs of the documents that are kept.</summary>
/// <param name="Compared">Paragraphs long enough to be compared.</param>
/// <param name="Removed">Those that stood earlier.</param>
/// <param name="RemovedBytes">UTF-8 bytes taken out, with their line ends.</param>
/// <param name="Emptied">Documents of which nothing was left; they are not written.</param>
/// <param name="LeastLetters">Letters from which a paragraph is compared.</param>
public sealed record ParagraphReport(long Compared, long Removed, long RemovedBytes, long Emptied, int LeastLetters);

/// <summary>How copies were found.</summary>
/// <param name="Normalization">What is done to a text before it is compared.</param>
/// <param name="NearThreshold">Jaccard similarity of near copies; null: none were looked for.</param>
/// <param name="ShingleWords">Words of a shingle.</param>
/// <param name="Permutations">Length of a MinHash signature.</param>
/// <param name="Bands">Bands of it.</param>
/// <param name="Rows">Numbers a band.</param>
/// <param name="ProbabilityAtThreshold">That a pair at the threshold is compared.</param>
/// <param name="Keeps">Which of a group is kept: "first" or "longest".</param>
public sealed record DeduplicationSettings(
    string Normalization, double? NearThreshold, int? ShingleWords, int? Permutations, int? Bands, int? Rows,
    double? ProbabilityAtThreshold, string Keeps);

/// <summary>A document that was removed.</summary>
/// <param name="Removed">Its name.</param>
/// <param name="Kept">The name of the document that stands for it; "" for the reference text.</param>
/// <param name="Kind">"exact" or "near".</param>
/// <param name="Similarity">Jaccard similarity of the two documents' shingles; null where the kept one is reference
/// text.</param>
/// <param name="RemovedText">Its beginning.</param>
/// <param name="KeptText">The kept document's beginning.</param>
public sealed record CopySample(
    string Removed, string Kept, string Kind, double? Similarity, string RemovedText, string KeptText);
