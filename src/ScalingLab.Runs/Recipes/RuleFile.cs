using System.Text.Json;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>What a rule file counts as N.</summary>
public enum ParameterConvention
{
    /// <summary>Blocks and output product (<see cref="ParameterCount.WithHead"/>).</summary>
    WithHead,

    /// <summary>Blocks and norms (<see cref="ParameterCount.NonEmbedding"/>).</summary>
    NonEmbedding,
}

/// <summary>The law of one quantity as a rule file states it: the numbers that decide, and how sure they are.</summary>
/// <param name="Law">Coefficient and exponents.</param>
public sealed record RuleFileLaw(RuleLaw Law)
{
    /// <summary>95 % interval of the exponent of N, low and high.</summary>
    public (double Low, double High)? ParametersInterval95 { get; init; }

    /// <summary>95 % interval of the exponent of D, low and high.</summary>
    public (double Low, double High)? TokensInterval95 { get; init; }

    /// <summary>Covariance of (ln coefficient, exponent of N, exponent of D), three rows of three.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? Covariance { get; init; }

    /// <summary>Degrees of freedom beside it.</summary>
    public int? Freedom { get; init; }

    /// <summary>Standard deviation of ln(a cell's own best / law).</summary>
    public double? Scatter { get; init; }

    /// <summary>Root mean square of ln(predicted / own best), each cell predicted from all others.</summary>
    public double? LeaveOneOut { get; init; }

    /// <summary>
    /// Of the learning rate alone: exponent g of its factor (batch / best batch)^g where a grid gives another batch.
    /// </summary>
    public double? FollowsBatch { get; init; }
}

/// <summary>
/// A size rule in a file: laws of N and D for learning rate, batch and other recipe fields, with what they were
/// measured on. <c>lab tune</c> writes it, a grid names it (<c>"sizeRule": "my-rule.json"</c>), and a person may write
/// one: name and one law are enough.
/// </summary>
public sealed record RuleFile
{
    /// <summary>What the file calls the learning rate.</summary>
    public const string LearningRate = "learningRate";

    /// <summary>What it calls the batch, in tokens.</summary>
    public const string BatchTokens = "batchTokens";

    /// <summary>The rule's name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The named rule that decides what this one has no law for; the factors that were tried were of it.
    /// </summary>
    public string RelativeTo { get; init; } = SizeRule.Auto.Name;

    /// <summary>What N is.</summary>
    public ParameterConvention Counts { get; init; } = ParameterConvention.WithHead;

    /// <summary>The day on which it was fitted, yyyy-mm-dd.</summary>
    public string? Date { get; init; }

    /// <summary>The text that it was measured on, for people.</summary>
    public string? Data { get; init; }

    /// <summary>The recipe's fields that were held: rates are for that optimizer.</summary>
    public IReadOnlyList<RecipeChoice> Recipe { get; init; } = [];

    /// <summary>Runs that were fitted.</summary>
    public long? Runs { get; init; }

    /// <summary>How many (N, D) they had.</summary>
    public long? Cells { get; init; }

    /// <summary>Root mean square of loss less fitted surface, nats/token.</summary>
    public double? Residual { get; init; }

    /// <summary>Where it was measured.</summary>
    public RuleRegion? Region { get; init; }

    /// <summary>The laws by recipe field.</summary>
    public required IReadOnlyDictionary<string, RuleFileLaw> Laws { get; init; }

    /// <summary>SHA-256 of the file, lower-case hexadecimal; empty where it is not read from one.</summary>
    public string Hash { get; init; } = "";

    /// <summary>
    /// Recipe fields that may have a law beside learning rate and batch: numbers that decide training and not the
    /// model.
    /// </summary>
    public static IReadOnlyList<string> OtherFields { get; } =
        [.. RecipeField.All.Where(field => field.HasLaw).Select(field => field.Name)];

    /// <summary>Whether a grid's word for its size rule names a file.</summary>
    public static bool IsNamedBy(string word) => word.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The rule that cells are resolved by.</summary>
    public SizeRule ToRule()
    {
        var below = SizeRule.Find(RelativeTo)!;
        var scale = OptimizerDefaults.For(Optimizer).LearningRateScale;
        var batch = Laws.TryGetValue(BatchTokens, out var b) ? (shape, tokens) => b.Law.At(Count(shape), tokens)
            : below.Batch;
        return below with
        {
            Name = Name,
            Region = Region,
            Parameters = shape => Count(shape),
            Batch = batch,
            Rate = Laws.TryGetValue(LearningRate, out var rate)
                ? (shape, tokens, tokensInStep) => rate.Law.At(Count(shape), tokens) / scale
                    * (rate.FollowsBatch is { } g ? Math.Pow(tokensInStep / batch(shape, tokens), g) : 1)
                : below.Rate,
            Fields =
            [
                .. Laws.Where(l => OtherFields.Contains(l.Key))
                    .Select(l => new RuleField(l.Key, (shape, tokens) => l.Value.Law.At(Count(shape), tokens))),
            ],
        };
    }

    /// <summary>A grid's learning rates are multiples of AdamW's; the law is of the optimizer that was tuned.</summary>
    private OptimizerKind Optimizer =>
        Recipe.FirstOrDefault(r => r.Field == "optimizer") is { } given
        ? EnumNames.Find<OptimizerKind>(given.Value)!.Value : OptimizerKind.Adamw;

    private double Count(ModelShape shape) =>
        Counts == ParameterConvention.WithHead ? ParameterCount.For(shape).WithHead
        : ParameterCount.For(shape).NonEmbedding;

    /// <summary>Reads a rule file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shown">What messages call it.</param>
    /// <exception cref="InputException">It cannot be read or has problems: all of them, each with its
    /// place.</exception>
    public static RuleFile Read(string path, string? shown = null)
    {
        shown ??= path;
        return RuleFileReader.Parse(InputFile.ReadBytes(path, FileKind.Rule, shown), shown);
    }

    /// <summary>The file's text; the same rule always gives the same.</summary>
    public string ToJson() => RuleFileWriter.Write(this);
}

/// <summary>A rule file as results name it.</summary>
/// <param name="Name">The rule's name.</param>
/// <param name="File">The file as the grid names it.</param>
/// <param name="Hash">SHA-256 of its content.</param>
public sealed record RuleFileReference(string Name, string File, string Hash);
