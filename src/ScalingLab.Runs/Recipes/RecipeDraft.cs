using ScalingLab.Runs.Models;

namespace ScalingLab.Runs.Recipes;

/// <summary>
/// A recipe as far as the grid has said it: what is null waits for the size rule, the optimizer or the schedule.
/// </summary>
internal sealed record RecipeDraft
{
    /// <summary>The model's shape; vocabulary and context are filled in last.</summary>
    public required ModelShape Shape { get; init; }

    public string SizeRule { get; init; } = "auto";

    /// <summary>The rule files that the grid names, by the words that name them.</summary>
    public IReadOnlyDictionary<string, RuleFile> RuleFiles { get; init; } = new Dictionary<string, RuleFile>();

    /// <summary>The fields that the grid gives: a rule decides the others.</summary>
    public IReadOnlyList<string> GivenFields { get; init; } = [];

    /// <summary>The rule that <see cref="SizeRule"/> names.</summary>
    public SizeRule Rule => RuleFiles.TryGetValue(SizeRule, out var file) ? file.ToRule()
        : Recipes.SizeRule.Find(SizeRule) ?? Recipes.SizeRule.Auto;

    public double? LearningRate { get; init; }

    public double LearningRateScale { get; init; } = 1;

    public long? BatchTokens { get; init; }

    public double BatchScale { get; init; } = 1;

    public Parametrisation Parametrisation { get; init; }

    /// <summary>The width whose learning rate <see cref="Parametrisation.Mup"/> takes over.</summary>
    public int BaseWidth { get; init; } = 256;

    public long? WarmupTokens { get; init; }

    public double? FinalLearningRate { get; init; }

    public double? EmbeddingRate { get; init; }

    public double? HeadRate { get; init; }

    public double? Beta1 { get; init; }

    public double? Beta2 { get; init; }

    public double? Epsilon { get; init; }

    public double? WeightDecay { get; init; }

    /// <summary>
    /// Steps over which decoupled decay forgets a weight's past, 1 / (LR x decay), as a share of the run: decides the
    /// weight decay, which then follows the number of tokens (Wang and Aitchison 2024, arXiv 2405.13698; Bergsma et al.
    /// 2025, arXiv 2505.13738).
    /// </summary>
    public double? WeightDecayTimescale { get; init; }

    /// <summary>The grid's model to distil from, once it has been read.</summary>
    public DistillationTeacher? Teacher { get; init; }

    /// <summary>Whether the grid names one.</summary>
    public bool HasTeacher { get; init; }

    /// <summary>Whether the run begins with the weights of the grid's starting model.</summary>
    public bool WarmStart { get; init; }

    /// <summary>The grid's model to begin with, once it has been read.</summary>
    public StartingModel? Start { get; init; }

    /// <summary>Whether the grid names one.</summary>
    public bool HasStart { get; init; }

    /// <summary>Hash of the one of this run.</summary>
    public string? StartedFrom => WarmStart ? Start?.Hash : null;

    /// <summary>The teacher of this run.</summary>
    public DistillationTeacher? DistilledFrom => Base.DistillWeight > 0 ? Teacher : null;

    /// <summary>Everything else.</summary>
    public TrainingRecipe Base { get; init; } = new() { BatchSequences = 1, LearningRateMax = 0 };

    /// <summary>The shape that the size rule's learning rate is for: under muP that of the base width.</summary>
    public ModelShape RateShape => Parametrisation == Parametrisation.Mup
        ? Shape with { Width = BaseWidth, Heads = 1, HeadsPerGroup = 1, EmbeddingWidth = 0 }
        : Shape;

    /// <summary>What in it cannot be carried out.</summary>
    public IEnumerable<Problem> Problems()
    {
        (string Field, bool Given)[] rates =
        [
            ("embeddingRate", EmbeddingRate is not (null or 1)), ("headRate", HeadRate is not (null or 1)),
                ("vectorRate", Base.VectorRate != 1),
            ("parametrisation", Parametrisation == Parametrisation.Mup),
        ];
        if (Base.Optimizer == OptimizerKind.Lamb)
        {
            foreach (var (field, _) in rates.Where(r => r.Given))
                yield return new Problem($"recipe.{field}", "lamb scales each step to its tensor's norm, so a rate of "
                    + "its own has no meaning; leave it out");
        }

        if (Base.DistillWeight > 0 && !HasTeacher)
            yield return new Problem("recipe.distillWeight", "needs a model to learn from: name its folder in "
                + "distillFrom ('lab model export RUN FOLDER' makes one of a finished run)");
        if (WarmStart && !HasStart)
            yield return new Problem("recipe.warmStart", "needs a model to begin with: name its folder in startFrom "
                + "('lab model export RUN FOLDER' makes one of a finished run)");
        if (WarmStart && Start?.Differences(Shape).ToList() is { Count: > 0 } differences)
            yield return new Problem("startFrom", $"holds another model than the run's ({string.Join("; ",
                differences)}); give the run the same shape, or exclude it");
        if (Shape.Head == HeadKind.Tied)
        {
            foreach (var (field, _) in rates.Where(r => r.Given && (r.Field is "headRate" or "parametrisation")))
                yield return new Problem($"recipe.{field}", "a tied head is the embedding's matrix and has no rate of "
                    + "its own; use \"head\": \"untied\"");
        }
    }

    /// <summary>The recipe with nothing left open.</summary>
    /// <param name="recipe"><see cref="Base"/> with its batch.</param>
    /// <param name="ruleRate">The size rule's learning rate, for <see cref="RateShape"/>.</param>
    /// <param name="decayScale">What the size rule multiplies the usual weight decay with.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="batchTokens">Tokens in a step.</param>
    public TrainingRecipe Resolve(TrainingRecipe recipe, double ruleRate, double decayScale, long steps,
        long batchTokens)
    {
        var usual = OptimizerDefaults.For(recipe.Optimizer);
        if (Shape.Head == HeadKind.Tied) usual = usual with { EmbeddingRate = 1, HeadRate = 1 };
        var wider = Parametrisation == Parametrisation.Mup ? (double)Shape.Width / BaseWidth : 1;
        var rate = (LearningRate ?? (ruleRate * usual.LearningRateScale * LearningRateScale)) / wider;
        return recipe with
        {
            LearningRateMax = rate,
            EmbeddingRate = (EmbeddingRate ?? usual.EmbeddingRate) * wider,
            HeadRate = HeadRate ?? usual.HeadRate,
            VectorRate = recipe.VectorRate * wider,
            DistillTemperature = recipe.DistillWeight > 0 ? recipe.DistillTemperature : 1,
            WarmupSteps = WarmupTokens is { } warmup ? (long)Math.Round((double)warmup / batchTokens) : null,
            LearningRateFinalFraction = FinalLearningRate ?? (recipe.Schedule == ScheduleKind.Cosine ? 0.1 : 0),
            Beta1 = Beta1 ?? usual.Beta1,
            Beta2 = Beta2 ?? usual.Beta2,
            Epsilon = Epsilon ?? usual.Epsilon,
            WeightDecay = WeightDecayTimescale is { } share ? 1 / (share * rate * steps) : WeightDecay
                ?? (usual.WeightDecay * decayScale),
        };
    }
}
