using System.Globalization;
using System.Text.RegularExpressions;

namespace ScalingLab.Lab.Inputs.Checks;

/// <summary>A unit that a column may be in.</summary>
/// <param name="Words">"millions", "GFLOPs".</param>
/// <param name="Factor">How much one is.</param>
/// <param name="Rarity">How much less often it is met than the others, in decades of evidence.</param>
/// <param name="Name">What columns in it are called; null: nothing special.</param>
public sealed record Unit(string Words, double Factor, double Rarity = 0, Regex? Name = null)
{
    /// <summary>Whether a column of that name says that it is in this unit.</summary>
    public bool IsNamedBy(string column) => Name?.IsMatch(column) == true
        || (Factor > 1 && Units.PowerIn(column) is { } power && Math.Abs(power - Math.Log10(Factor)) < 1e-9);
}

/// <summary>The units in which people keep model sizes, tokens and compute.</summary>
internal static partial class Units
{
    /// <summary>The unit that is wanted.</summary>
    public static readonly Unit One = new("", 1);

    private static readonly Unit Millions = new("millions", 1e6, 0, MillionsName());
    private static readonly Unit Billions = new("billions", 1e9, 0, BillionsName());

    /// <summary>Of N.</summary>
    public static readonly IReadOnlyList<Unit> Parameters =
        [One, Millions, Billions, new("thousands", 1e3, 1, ThousandsName())];

    /// <summary>
    /// Of D; optimizer steps, which are no unit but a factor of each run, are told by <see cref="Steps"/>.
    /// </summary>
    public static readonly IReadOnlyList<Unit> Tokens =
        [One, Millions, Billions, new("thousands", 1e3, 0.5, ThousandsName()),
            new("trillions", 1e12, 1, TrillionsName())];

    /// <summary>Of C and of budgets. A PF-day is 10^15 x 86,400 FLOPs.</summary>
    public static readonly IReadOnlyList<Unit> Flops =
    [
        One, new("MFLOPs", 1e6, 0.5, MegaName()),
        new("GFLOPs", 1e9, 0, GigaName()), new("TFLOPs", 1e12, 0, TeraName()), new("PFLOPs", 1e15, 0, PetaName()),
            new("exaFLOPs", 1e18, 0, ExaName()),
        new("zettaFLOPs", 1e21, 0.5, ZettaName()), new("PF-days", 8.64e19, 0, PetaDaysName()),
    ];

    /// <summary>Whether a column is called like one of optimizer steps.</summary>
    public static bool Steps(string column) => StepsName().IsMatch(column);

    /// <summary>18 of "FLOPs (1e18)"; null where a name holds no power of ten.</summary>
    public static double? PowerIn(string column) =>
        PowerName().Match(column) is { Success: true } match
        ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"million|[^a-z](m|mm|mn|mio)($|[^a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex MillionsName();

    [GeneratedRegex(@"billion|[^a-z](b|bn|g)($|[^a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex BillionsName();

    [GeneratedRegex(@"thousand|[^a-z]k($|[^a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex ThousandsName();

    [GeneratedRegex(@"trillion|[^a-z]t($|[^a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex TrillionsName();

    /// <summary>Whether a column is called like one of logarithms.</summary>
    public static bool Logarithms(string column) => LogarithmsName().IsMatch(column);

    /// <summary>Whether a column is called like one of tokens a parameter.</summary>
    public static bool TokensAParameter(string column) => TokensAParameterName().IsMatch(column);

    [GeneratedRegex(@"(^|[^a-z])(log|ln)($|[^a-z]|n$|d$|c$|flops|param|token|compute)", RegexOptions.IgnoreCase)]
    private static partial Regex LogarithmsName();

    [GeneratedRegex(@"token.*(per|/|_a_).*param|(^|[^a-z])tpp($|[^a-z])|^d\s*[/_]\s*n$|ratio", RegexOptions.IgnoreCase)]
    private static partial Regex TokensAParameterName();

    [GeneratedRegex(@"mflop|mega", RegexOptions.IgnoreCase)]
    private static partial Regex MegaName();

    [GeneratedRegex(@"gflop|giga", RegexOptions.IgnoreCase)]
    private static partial Regex GigaName();

    [GeneratedRegex(@"tflop|tera", RegexOptions.IgnoreCase)]
    private static partial Regex TeraName();

    [GeneratedRegex(@"^(?!.*day).*(pflop|peta)", RegexOptions.IgnoreCase)]
    private static partial Regex PetaName();

    [GeneratedRegex(@"eflop|exa", RegexOptions.IgnoreCase)]
    private static partial Regex ExaName();

    [GeneratedRegex(@"zflop|zetta", RegexOptions.IgnoreCase)]
    private static partial Regex ZettaName();

    [GeneratedRegex(@"(pf|peta).*day", RegexOptions.IgnoreCase)]
    private static partial Regex PetaDaysName();

    [GeneratedRegex(@"(^|[^a-z])(steps?|iters?|iterations?|updates?)($|[^a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex StepsName();

    [GeneratedRegex(@"(?:1e|10\^|10\*\*)\+?([0-9]{1,2})", RegexOptions.IgnoreCase)]
    private static partial Regex PowerName();
}
