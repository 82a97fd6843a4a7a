using ScalingLab.Data.Overlaps;

namespace ScalingLab.Data.Cleaning;

/// <summary>What some text is like.</summary>
/// <param name="Files">Files read.</param>
/// <param name="Sources">The texts that it is made of.</param>
/// <param name="Words">Words of all documents.</param>
/// <param name="MedianWords">Words of the median document.</param>
/// <param name="Lengths">Documents by their words.</param>
/// <param name="Copies">Documents that are copies of earlier ones.</param>
/// <param name="Repetition">How much of the text is the same again within its document.</param>
/// <param name="HeldOut">Held-out documents against the rest.</param>
/// <param name="HeldOutShare">Share of the documents that is held out, by the hash of their text.</param>
/// <param name="Quality">Filters, languages, personal data.</param>
/// <param name="Samples">Some documents, chosen by their hashes.</param>
public sealed record InspectionReport(
    int Files, IReadOnlyList<InspectedSource> Sources, long Words, int MedianWords, IReadOnlyList<LengthCount> Lengths,
    CopyCounts Copies, RepetitionCounts Repetition, OverlapSet HeldOut, double HeldOutShare, QualityReport Quality,
    IReadOnlyList<TextSample> Samples);

/// <summary>A text among those inspected.</summary>
public sealed record InspectedSource(string Name, TextCount Count);

/// <summary>Documents of so many words.</summary>
/// <param name="Least">Words from which.</param>
/// <param name="Below">Words below which.</param>
/// <param name="Documents">How many.</param>
public sealed record LengthCount(long Least, long Below, long Documents);

/// <summary>Documents that are copies.</summary>
/// <param name="Exact">Equal, when normalized, to an earlier one.</param>
/// <param name="Near">Near an earlier one.</param>
/// <param name="Groups">Groups of copies.</param>
/// <param name="LargestGroup">Documents of the largest.</param>
/// <param name="NearThreshold">Jaccard similarity of shingles from which documents are near.</param>
public sealed record CopyCounts(int Exact, int Near, int Groups, int LargestGroup, double NearThreshold);

/// <summary>Repetition within documents, the mean over documents by their letters.</summary>
/// <param name="RepeatedLines">Share of the letters in lines that stood earlier in their document.</param>
/// <param name="RepeatedRuns">Share of the letters in runs of ten words that stood earlier in their document.</param>
public sealed record RepetitionCounts(double RepeatedLines, double RepeatedRuns);

/// <summary>A document and its beginning.</summary>
public sealed record TextSample(string Name, string Text);
