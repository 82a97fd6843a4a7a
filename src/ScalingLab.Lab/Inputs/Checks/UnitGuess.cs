namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>
/// The middle row of a table, in decades: N, D / N, and how compute compares with 6ND where it is counted apart.
/// </summary>
/// <param name="Parameters">log10 N.</param>
/// <param name="Ratio">log10 of D / N, D = C / 6N where tokens are not given.</param>
/// <param name="Compute">log10 of C / 6ND, of a budget where C is not given; null where nothing counts compute
/// apart.</param>
/// <param name="TokensGiven">Whether D is a column.</param>
/// <param name="FlopsGiven">Whether C is a column, or a budget stands for it.</param>
internal sealed record UnitEvidence(double Parameters, double Ratio, double? Compute, bool TokensGiven,
    bool FlopsGiven);

/// <summary>Units of N, D and C.</summary>
internal sealed record UnitGuess(Unit Parameters, Unit Tokens, Unit Flops)
{
    // About twenty tokens a parameter (Hoffmann et al. 2022), and models of about a hundred million, is where most
    // sweeps lie.
    private const double UsualRatio = 1.3;
    private const double UsualSize = 8;

    /// <summary>
    /// The units that make the table one of language models with the least said against them; null where none do.
    /// </summary>
    /// <param name="evidence">The middle row.</param>
    /// <param name="names">The columns of N, D and C; null where not given.</param>
    public static UnitGuess? Best(UnitEvidence evidence, (string Parameters, string? Tokens, string? Flops) names)
    {
        var guesses =
            from n in Units.Parameters
            from d in evidence.TokensGiven ? Units.Tokens : [Units.One]
            from c in evidence.FlopsGiven ? Units.Flops : [Units.One]
            let guess = new UnitGuess(n, d, c)
            where guess != new UnitGuess(Units.One, Units.One, Units.One)
            let cost = guess.Cost(evidence, names)
            where cost is not null
            orderby cost
            select guess;
        return guesses.FirstOrDefault();
    }

    // Decades away from what is usual, one for each column that would be in other units; null where it cannot be.
    private double? Cost(UnitEvidence evidence, (string Parameters, string? Tokens, string? Flops) names)
    {
        var (n, d, c) = (Math.Log10(Parameters.Factor), Math.Log10(Tokens.Factor), Math.Log10(Flops.Factor));
        var size = evidence.Parameters + n;
        var ratio = evidence.Ratio + (evidence.TokensGiven ? d - n : c - n - n);
        double? compute = evidence.Compute is { } given ? given + c - n - d : null;
        if (size is < 4 or > 14 || ratio is < -1.3 or > 4.3 || (compute is { } off && Math.Abs(off) > 0.85))
            return null;
        return Column(Parameters, names.Parameters, Units.Parameters) + Column(Tokens, names.Tokens, Units.Tokens)
            + Column(Flops, names.Flops, Units.Flops)
            + Math.Abs(ratio - UsualRatio) + (2 * Math.Abs(compute ?? 0)) + (0.3 * Math.Abs(size - UsualSize));
    }

    private static double Column(Unit unit, string? name, IReadOnlyList<Unit> units)
    {
        var other = unit == Units.One ? 0 : 1 + unit.Rarity;
        if (name is null || !units.Any(one => one.IsNamedBy(name))) return other;
        return other + (unit.IsNamedBy(name) ? -1.5 : 1.5);
    }
}
