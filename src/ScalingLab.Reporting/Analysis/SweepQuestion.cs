using ScalingLab.Reporting.Tables;

namespace ScalingLab.Reporting.Analysis;

/// <summary>What a sweep can ask.</summary>
internal enum SweepTopic
{
    /// <summary>
    /// How much text is enough, and when repeating it stops paying: the number of unique tokens varies.
    /// </summary>
    Repetition,

    /// <summary>Which recipe is better: fields of the recipe vary.</summary>
    Recipes,

    /// <summary>How loss goes with size and compute: models or lengths vary.</summary>
    Scaling,

    /// <summary>How far runs of one specification lie apart: only seeds vary.</summary>
    Noise,

    /// <summary>Where one run ends: nothing varies.</summary>
    OneRun,
}

/// <summary>
/// What a sweep asks, judged by what varies in its rows, whether or not they completed. The report leads with the
/// answer to the first topic.
/// </summary>
/// <param name="Topics">What it asks, the most particular first.</param>
/// <param name="Models">Names of models.</param>
/// <param name="Lengths">Lengths that one model has at most: budgets, or tokens that differ by more than rounding to
/// whole steps.</param>
internal sealed record SweepQuestion(IReadOnlyList<SweepTopic> Topics, int Models, int Lengths)
{
    /// <summary>The topic to lead with.</summary>
    public SweepTopic Lead => Topics[0];

    /// <summary>Whether sizes and lengths vary, so that a law of both can be asked for.</summary>
    public bool AsksForLaw { get; private init; }

    public static SweepQuestion Infer(IReadOnlyList<RunRow> runs)
    {
        var fields = runs.SelectMany(r => r.Varies).GroupBy(v => v.Field)
            .Where(g => g.Select(v => v.Value).Distinct().Count() > 1).Select(g => g.Key).ToList();
        var length = RunLength.Among(runs);
        var models = runs.Select(r => r.Model).Distinct().Count();
        var lengths = runs.GroupBy(r => r.Model).Select(g => g.Select(length).Distinct().Count()).DefaultIfEmpty(0)
            .Max();
        var seeds = runs.Select(r => r.Seed).Distinct().Count();
        var topics = new List<SweepTopic>();
        if (fields.Contains(RunRow.UniqueTokensField)) topics.Add(SweepTopic.Repetition);
        if (fields.Exists(f => f != RunRow.UniqueTokensField)) topics.Add(SweepTopic.Recipes);
        if (models > 1 || lengths > 1) topics.Add(SweepTopic.Scaling);
        if (topics.Count == 0) topics.Add(seeds > 1 ? SweepTopic.Noise : SweepTopic.OneRun);
        return new SweepQuestion(topics, models, lengths)
        {
            AsksForLaw = models > 1 && runs.Select(r => r.Tokens).Distinct().Count() > 1,
        };
    }
}
