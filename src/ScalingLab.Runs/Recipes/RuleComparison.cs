namespace ScalingLab.Runs.Recipes;

/// <summary>
/// How a run's learning rate and batch stand to the size rules: what a plan warns by. Nothing here is part of the run.
/// </summary>
/// <param name="Rule">The rule that the grid names.</param>
/// <param name="GivesRate">Whether the learning rate comes from it, not from the grid.</param>
/// <param name="GivesBatch">Whether the batch does.</param>
/// <param name="IsGuess">Whether it says where it was measured, and that is elsewhere. By the tokens asked for: whole
/// steps round them.</param>
/// <param name="Measured">A rule that was measured at this size and length: the named one, else
/// <see cref="SizeRule.Auto"/>; null where neither was.</param>
/// <param name="RateOverRule">The run's learning rate over that of <paramref name="Measured"/>; 1 without one.</param>
/// <param name="BatchOverRule">The run's batch over that of <paramref name="Measured"/>, which a whole number of
/// sequences rounds; 1 without one.</param>
internal sealed record RuleComparison(
    SizeRule Rule, bool GivesRate, bool GivesBatch, bool IsGuess, SizeRule? Measured, double RateOverRule,
    double BatchOverRule)
{
    /// <summary>What becomes of a draft.</summary>
    /// <param name="rule">The rule that it names; where that is "fixed", the one that stands in.</param>
    /// <param name="draft">The recipe.</param>
    /// <param name="tokens">Tokens of the run.</param>
    /// <param name="batchTokens">Tokens in a step.</param>
    public static RuleComparison Compare(SizeRule rule, RecipeDraft draft, double tokens, long batchTokens)
    {
        bool? Holds(SizeRule one) => one.Region?.Contains(one.Parameters(draft.Shape), tokens);
        var measured = ((SizeRule[])[rule, SizeRule.Auto]).FirstOrDefault(r => Holds(r) == true);
        var (givesRate, givesBatch) = (draft.LearningRate is null, draft.BatchTokens is null);
        var guess = Holds(rule) == false;
        if (measured is null) return new RuleComparison(rule, givesRate, givesBatch, guess, null, 1, 1);
        var usual = OptimizerDefaults.For(draft.Base.Optimizer).LearningRateScale;
        var rate = draft.LearningRate
            ?? (rule.Rate(draft.RateShape, tokens, batchTokens) * usual * draft.LearningRateScale);
        return new RuleComparison(
            rule, givesRate, givesBatch, guess, measured,
            rate / (measured.Rate(draft.RateShape, tokens, batchTokens) * usual),
            batchTokens / ((double)measured.BatchSequences(draft.Shape, tokens) * draft.Shape.Context));
    }
}
