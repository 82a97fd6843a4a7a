using ScalingLab.Runs.Models;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Recipes;

/// <summary>
/// A field of the grid's recipe: how its values are read, what they change, and what value a finished cell has.
/// This table is the whole list; the schema repeats it (a test compares the two).
/// </summary>
internal sealed record RecipeField(
    string Name,
    Func<JsonField, FieldValue?> Read,
    Func<RecipeDraft, FieldValue, RecipeDraft> Apply,
    Func<RecipeDraft, RunSpec, FieldValue> ValueOf)
{
    private static readonly NumberRange Share = new(0, 1);

    /// <summary>
    /// Whether a rule file may have a law of it: it is a number that decides training and not the model. Learning rate
    /// and batch have laws of their own.
    /// </summary>
    public bool HasLaw { get; init; }

    /// <summary>The field that it may not be given beside.</summary>
    public RivalField? Rival { get; init; }

    public static IReadOnlyList<RecipeField> All { get; } =
    [
        EnumField("positions", (d, v) => WithShape(d, d.Shape with { Positions = v }), (_, s) => s.Shape.Positions),
        EnumField("mlp", (d, v) => WithShape(d, d.Shape with { Mlp = v }), (_, s) => s.Shape.Mlp),
        EnumField("head", (d, v) => WithShape(d, d.Shape with { Head = v }), (_, s) => s.Shape.Head),
        EnumField("norm", (d, v) => WithShape(d, d.Shape with { Norm = v }), (_, s) => s.Shape.Norm),
        EnumField("normPlacement", (d, v) => WithShape(d, d.Shape with { NormPlacement = v }),
            (_, s) => s.Shape.NormPlacement),
        IntegerField("headsPerGroup", 1, 1024, (d, n) => WithShape(d, d.Shape with { HeadsPerGroup = (int)n }),
            (_, s) => s.Shape.HeadsPerGroup),
        BooleanField("qkNorm", (d, v) => WithShape(d, d.Shape with { QkNorm = v }), (_, s) => s.Shape.QkNorm),
        BooleanField("biases", (d, v) => WithShape(d, d.Shape with { Biases = v }), (_, s) => s.Shape.Biases),
        NumberField("logitSoftCap", new(0, 1e6), (d, x) => WithShape(d, d.Shape with { LogitSoftCap = x }),
            (_, s) => s.Shape.LogitSoftCap),
        IntegerField("distinctLayers", 0, 512, (d, n) => WithShape(d, d.Shape with { DistinctLayers = (int)n }),
            (_, s) => s.Shape.DistinctLayers),
        IntegerField("embeddingWidth", 0, 65_536, (d, n) => WithShape(d, d.Shape with { EmbeddingWidth = (int)n }),
            (_, s) => s.Shape.EmbeddingWidth),
        EnumField("optimizer", (d, v) => WithBase(d, d.Base with { Optimizer = v }), (_, s) => s.Recipe.Optimizer),
        EnumField("schedule", (d, v) => WithBase(d, d.Base with { Schedule = v }), (_, s) => s.Recipe.Schedule),
        EnumField("precision", (d, v) => WithBase(d, d.Base with { Precision = v }), (_, s) => s.Recipe.Precision),
        NumberField("learningRate", NumberRange.Positive(10), (d, x) => d with { LearningRate = x },
            (_, s) => s.Recipe.LearningRateMax),
        NumberField("learningRateScale", NumberRange.Positive(1000), (d, x) => d with { LearningRateScale = x },
            (d, _) => d.LearningRateScale)
            with { Rival = new("learningRate", "multiplies the size rule's learning rate") },
        NumberField("batchScale", NumberRange.Positive(1000), (d, x) => d with { BatchScale = x },
            (d, _) => d.BatchScale) with { Rival = new("batchTokens", "multiplies the size rule's batch") },
        IntegerField("batchTokens", 1, 1_000_000_000, (d, n) => d with { BatchTokens = n }, (_, s) => s.BatchTokens),
        EnumField("parametrisation", (d, v) => d with { Parametrisation = v }, (d, _) => d.Parametrisation),
        IntegerField("baseWidth", 2, 65_536, (d, n) => d with { BaseWidth = (int)n }, (d, _) => d.BaseWidth),
        NumberField("embeddingStd", NumberRange.Positive(100), (d, x) => WithBase(d, d.Base with { EmbeddingStd = x }),
            (_, s) => s.Recipe.EmbeddingStd ?? 0) with { HasLaw = true },
        NumberField("embeddingRate", NumberRange.Positive(1000), (d, x) => d with { EmbeddingRate = x },
            (d, s) => d.EmbeddingRate ?? s.Recipe.EmbeddingRate) with { HasLaw = true },
        NumberField("headRate", NumberRange.Positive(1000), (d, x) => d with { HeadRate = x }, (d, s) => d.HeadRate
            ?? s.Recipe.HeadRate) with { HasLaw = true },
        NumberField("vectorRate", NumberRange.Positive(1000), (d, x) => WithBase(d, d.Base with { VectorRate = x }),
            (d, _) => d.Base.VectorRate) with { HasLaw = true },
        NumberField("batchWarmup", new(0, 0.9), (d, x) => WithBase(d, d.Base with { BatchWarmupFraction = x }),
            (_, s) => s.Recipe.BatchWarmupFraction),
        NumberField("batchWarmupStart", NumberRange.Positive(1),
            (d, x) => WithBase(d, d.Base with { BatchWarmupStart = x }), (_, s) => s.Recipe.BatchWarmupStart),
        NumberField("warmup", Share, (d, x) => WithBase(d, d.Base with { WarmupFraction = x }),
            (_, s) => s.Recipe.WarmupFraction) with { HasLaw = true },
        IntegerField("warmupTokens", 0, 1_000_000_000_000, (d, n) => d with { WarmupTokens = n },
            (d, _) => d.WarmupTokens ?? 0) with { Rival = new("warmup", "decides the length of the warm-up") },
        NumberField("cooldownFraction", Share, (d, x) => WithBase(d, d.Base with { CooldownFraction = x }),
            (_, s) => s.Recipe.CooldownFraction) with { HasLaw = true },
        EnumField("cooldown", (d, v) => WithBase(d, d.Base with { Cooldown = v }), (_, s) => s.Recipe.Cooldown),
        NumberField("cycle", new(1, 1000), (d, x) => WithBase(d, d.Base with { Cycle = x }), (_, s) => s.Recipe.Cycle),
        NumberField("finalLearningRate", Share, (d, x) => d with { FinalLearningRate = x },
            (_, s) => s.Recipe.LearningRateFinalFraction) with { HasLaw = true },
        NumberField("beta1", new(0, 0.99999), (d, x) => d with { Beta1 = x }, (_, s) => s.Recipe.Beta1)
            with { HasLaw = true },
        NumberField("beta2", new(0, 0.99999), (d, x) => d with { Beta2 = x }, (_, s) => s.Recipe.Beta2)
            with { HasLaw = true },
        NumberField("epsilon", new(0, 1), (d, x) => d with { Epsilon = x }, (_, s) => s.Recipe.Epsilon)
            with { HasLaw = true },
        NumberField("weightDecay", new(0, 10), (d, x) => d with { WeightDecay = x }, (_, s) => s.Recipe.WeightDecay)
            with { HasLaw = true },
        NumberField("weightDecayTimescale", NumberRange.Positive(1000), (d, x) => d with { WeightDecayTimescale = x },
            (d, _) => d.WeightDecayTimescale ?? 0)
            with { HasLaw = true, Rival = new("weightDecay", "decides the weight decay") },
        NumberField("gradientClip", new(0, 1e6), (d, x) => WithBase(d, d.Base with { GradientClip = x }),
            (_, s) => s.Recipe.GradientClip) with { HasLaw = true },
        NumberField("zLoss", new(0, 1), (d, x) => WithBase(d, d.Base with { ZLoss = x }), (_, s) => s.Recipe.ZLoss)
            with { HasLaw = true },
        NumberField("distillWeight", Share, (d, x) => WithBase(d, d.Base with { DistillWeight = x }),
            (_, s) => s.Recipe.DistillWeight),
        NumberField("distillTemperature", NumberRange.Positive(1000),
            (d, x) => WithBase(d, d.Base with { DistillTemperature = x }), (_, s) => s.Recipe.DistillTemperature),
        BooleanField("warmStart", (d, v) => d with { WarmStart = v }, (d, _) => d.WarmStart),
        new(
            "sizeRule",
            v => v.Text() is not { } text ? null
                : RuleFile.IsNamedBy(text) || v.OneOf(SizeRule.Names) is not null ? new FieldValue(text) : null,
            (d, c) => d with { SizeRule = c.Text },
            (d, _) => new FieldValue(d.SizeRule)),
        IntegerField("evaluationTokens", 1, 10_000_000_000,
            (d, n) => WithBase(d, d.Base with { EvaluationTokens = n }), (_, s) => s.Recipe.EvaluationTokens),
    ];

    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    private static RecipeDraft WithShape(RecipeDraft draft, ModelShape shape) => draft with { Shape = shape };

    private static RecipeDraft WithBase(RecipeDraft draft, TrainingRecipe rest) => draft with { Base = rest };

    private static RecipeField EnumField<T>(string name, Func<RecipeDraft, T, RecipeDraft> apply,
        Func<RecipeDraft, RunSpec, T> of)
        where T : struct, Enum => new(
            name,
            v => v.OneOf(EnumNames.All<T>()) is { } word ? new FieldValue(word) : null,
            (d, c) => apply(d, EnumNames.Find<T>(c.Text)!.Value),
            (d, s) => new FieldValue(EnumNames.ToName(of(d, s))));

    private static RecipeField BooleanField(string name, Func<RecipeDraft, bool, RecipeDraft> apply,
        Func<RecipeDraft, RunSpec, bool> of) => new(
        name,
        v => v.Boolean() is { } truth ? new FieldValue(truth ? "true" : "false") : null,
        (d, c) => apply(d, c.Text == "true"),
        (d, s) => new FieldValue(of(d, s) ? "true" : "false"));

    private static RecipeField NumberField(
        string name, NumberRange range, Func<RecipeDraft, double, RecipeDraft> apply,
        Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Number(range) is { } x ? FieldValue.FromNumber(x) : null,
            (d, c) => apply(d, c.Number!.Value),
            (d, s) => FieldValue.FromNumber(of(d, s)));

    private static RecipeField IntegerField(
        string name, long least, long most, Func<RecipeDraft, long, RecipeDraft> apply,
        Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Integer(least, most) is { } n ? FieldValue.FromNumber(n) : null,
            (d, c) => apply(d, (long)c.Number!.Value),
            (d, s) => FieldValue.FromNumber(of(d, s)));
}

/// <summary>A field that decides the same as another.</summary>
/// <param name="Name">The field that is kept where both are given.</param>
/// <param name="Why">What the other does to the same number.</param>
internal sealed record RivalField(string Name, string Why);
