namespace ScalingLab.Data.Duplicates;

/// <summary>
/// Locality-sensitive hashing by bands (Indyk and Motwani 1998; Leskovec, Rajaraman and Ullman, Mining of Massive
/// Datasets, section 3.4): two sets are candidates when all rows of some band of their signatures agree.
/// </summary>
/// <param name="Bands">Bands.</param>
/// <param name="Rows">Numbers of the signature a band.</param>
public sealed record LshBands(int Bands, int Rows)
{
    /// <summary>What a pair exactly at the threshold has to be found with.</summary>
    public const double LeastRecall = 0.95;

    /// <summary>
    /// The most rows, and so the fewest false candidates, with which a pair at the threshold becomes a candidate with a
    /// probability of at least <see cref="LeastRecall"/>. Candidates are verified, so a missed pair is the worse fault.
    /// </summary>
    /// <param name="threshold">Jaccard similarity, above 0 and at most 1.</param>
    /// <param name="permutations">Length of a signature.</param>
    public static LshBands For(double threshold, int permutations)
    {
        for (var rows = Math.Min(permutations, 16); rows > 1; rows--)
        {
            var bands = new LshBands(permutations / rows, rows);
            if (bands.Probability(threshold) >= LeastRecall) return bands;
        }
        return new(permutations, 1);
    }

    /// <summary>
    /// That a pair of this Jaccard similarity becomes a candidate: 1 - (1 - s^rows)^bands, the S-curve of section
    /// 3.4.2.
    /// </summary>
    public double Probability(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Bands);

    /// <summary>A number a band: equal where all rows of the band are equal.</summary>
    internal void Keys(ReadOnlySpan<uint> signature, Span<ulong> keys)
    {
        for (var band = 0; band < Bands; band++)
        {
            var hash = (ulong)band;
            foreach (var row in signature.Slice(band * Rows, Rows)) hash = Words.Mix(hash ^ row);
            keys[band] = hash;
        }
    }
}
