using System.Globalization;
using ScalingLab.Data.Batches;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Lab.Preparation;

/// <summary>What packing makes of a text, for the plan and the report.</summary>
internal static class PackingNotes
{
    /// <summary>
    /// A sentence for each context, source and number of unique tokens; none of a sweep that packs nothing.</summary>
    /// <param name="sweep">The runs.</param>
    /// <param name="data">Their text.</param>
    public static IReadOnlyList<string> Of(Sweep sweep, PreparedData data) =>
    [
        .. sweep.Cells.Select(cell => cell.Spec).Where(spec => spec.Data.Packing == Packing.BestFit)
            .DistinctBy(spec => (spec.Shape.Context, spec.Data.UniqueTokens)).SelectMany(spec => OfRun(spec, data)),
    ];

    private static IEnumerable<string> OfRun(RunSpec spec, PreparedData data)
    {
        var endOfDocument = data.LoadTokenizer().EndOfDocument;
        foreach (var source in data.Sources)
        {
            using var shard = data.OpenTrain(source, checkTokens: false);
            var of = source.Name.Length > 0 ? $" of {source.Name}" : "";
            TokenText text = shard;
            if (spec.Data.UniqueTokens is { } unique)
            {
                var weight = spec.Data.Sources?.First(one => one.Name == source.Name).Weight ?? 1;
                var tokens = RunTextRequest.UniqueTokensOfSource(unique, weight);
                text = TokenSubset.First(shard, data.LoadTokenizer(), tokens, source.UniqueTrainTokens, keep: true);
                of += string.Create(CultureInfo.InvariantCulture, $", {tokens:N0} unique tokens");
            }
            var windows = TextWindows.Of(text, spec.Shape.Context, Packing.BestFit, endOfDocument);
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Packed by best fit into {windows.Count:N0} sequences of {spec.Shape.Context:N0} tokens{of}: only "
                + $"documents longer than a sequence are cut; {1 - windows.TextShare:P3} of the tokens trained on fill "
                + $"sequences up.");
        }
    }
}
