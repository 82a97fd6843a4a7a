using System.Text.Json.Serialization;
using ScalingLab.Fitting.Numerics;
using ScalingLab.Fitting.Outcomes;
using static ScalingLab.Fitting.Numerics.InvariantText;

namespace ScalingLab.Fitting.Observations;

/// <summary>
/// Rows that repeat their text more often than a law of fresh text may count as fresh: Muennighoff et al. 2023 (arXiv
/// 2305.16264) find up to four epochs almost as good as fresh text, and more worth ever less. Such rows are fitted by
/// the data-constrained law alone.
/// </summary>
/// <param name="Count">How many rows.</param>
/// <param name="Points">All rows, they included.</param>
/// <param name="MostEpochs">The most passes over the text among them.</param>
public sealed record RepeatedRows(int Count, int Points, double MostEpochs)
{
    /// <summary>Epochs up to which repeated text counts as fresh.</summary>
    public const double MostFresh = 4;

    // Runs end after whole steps: four epochs may be a little more.
    private const double Whole = 1.01;

    /// <summary>Where headline, frontier and advice come from instead.</summary>
    public FrontierSource HeadlineFrom { get; init; }

    /// <summary>The same in a sentence.</summary>
    [JsonIgnore]
    public string Sentence
    {
        get
        {
            var rest = Points - Count;
            return Invariant(
                $"{Count} of {Points} rows repeat their text more than four times (up to {RoundNumber.Text(MostEpochs)}): ")
                + HeadlineFrom switch
            {
                FrontierSource.DataConstrained =>
                    "the headline and the advice are for fresh text, from the data-constrained law through all rows.",
                FrontierSource.None =>
                    Invariant(
                        $"no law that counts repeats for less could be told, and the other {rest} rows are not enough."),
                _ => Invariant($"the headline and the advice are from the other {rest} rows."),
            };
        }
    }

    /// <summary>
    /// The rows that a law of fresh text may be fitted to: of at most four epochs, or silent on repetition.
    /// </summary>
    public static IReadOnlyList<LossObservation> Without(IReadOnlyList<LossObservation> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Any(Repeats) ? [.. rows.Where(one => !Repeats(one))] : rows;
    }

    /// <summary>Null where no row repeats its text so often.</summary>
    public static RepeatedRows? Find(IReadOnlyList<LossObservation> rows, FrontierSource headlineFrom)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var repeating = rows.Where(Repeats).ToList();
        return repeating.Count == 0 ? null
            : new RepeatedRows(repeating.Count, rows.Count, repeating.Max(one => one.Tokens / one.UniqueTokens!.Value))
            { HeadlineFrom = headlineFrom };
    }

    /// <summary>Whether a row is one of them.</summary>
    public static bool Repeats(LossObservation row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Tokens > MostFresh * Whole * row.UniqueTokens;
    }
}
