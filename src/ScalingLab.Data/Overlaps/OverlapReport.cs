namespace ScalingLab.Data.Overlaps;

/// <summary>How much of evaluation text stands in training text.</summary>
/// <param name="Words">Words of a run that is compared.</param>
/// <param name="Normalization">What is done to a text before it is compared.</param>
/// <param name="TrainingDocuments">Training documents read.</param>
/// <param name="TrainingBytes">UTF-8 bytes of them.</param>
/// <param name="MatchingDocuments">Training documents that have a run of the evaluation text.</param>
/// <param name="Sets">The evaluation text, file by file.</param>
/// <param name="Documents">The evaluation documents with a run in the training text, the largest share first.</param>
/// <param name="Removal">What was taken out of the training text; null: nothing was written.</param>
/// <param name="Notes">What a reader should know: files left out.</param>
public sealed record OverlapReport(
    int Words, string Normalization, long TrainingDocuments, long TrainingBytes, long MatchingDocuments,
    IReadOnlyList<OverlapSet> Sets, IReadOnlyList<OverlapDocument> Documents, OverlapRemoval? Removal,
    IReadOnlyList<string> Notes);

/// <summary>An evaluation file, or all where there are several.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Documents">Documents with text.</param>
/// <param name="Compared">Those long enough to be compared.</param>
/// <param name="Touched">Those with at least one run in the training text: what GPT-3 calls dirty.</param>
/// <param name="Half">Those at least half of whose runs stand in the training text.</param>
/// <param name="Whole">Those all of whose runs do.</param>
/// <param name="Runs">Runs of all compared documents.</param>
/// <param name="RunsFound">Runs that stand in the training text.</param>
public sealed record OverlapSet(
    string Name, int Documents, int Compared, int Touched, int Half, int Whole, long Runs, long RunsFound);

/// <summary>An evaluation document with a run in the training text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Share">Share of its runs that stand in the training text, 0 to 1.</param>
/// <param name="FirstTraining">The first training document that has one.</param>
/// <param name="Text">Its beginning.</param>
public sealed record OverlapDocument(string Name, double Share, string FirstTraining, string Text);

/// <summary>What was taken out of the training text.</summary>
/// <param name="Kind">"documents" or "passages".</param>
/// <param name="Documents">Training documents that were dropped or cut.</param>
/// <param name="RemovedBytes">UTF-8 bytes taken out.</param>
/// <param name="WrittenDocuments">Documents written; pieces of a cut document count each.</param>
/// <param name="WrittenBytes">UTF-8 bytes written.</param>
public sealed record OverlapRemoval(
    string Kind, long Documents, long RemovedBytes, long WrittenDocuments, long WrittenBytes);
