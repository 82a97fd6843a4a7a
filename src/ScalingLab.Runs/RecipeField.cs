namespace ScalingLab.Runs;

/// <summary>
/// A field of the grid's recipe: how its values are read, what they change, and what value a finished cell has.
/// This table is the whole list; the schema repeats it (a test compares the two).
/// </summary>
internal sealed record RecipeField(
    string Name,
    Func<GridFileValue, GridChoice?> Read,
    Func<RecipeDraft, GridChoice, RecipeDraft> Apply,
    Func<RecipeDraft, RunSpec, GridChoice> Of)
{
    private static readonly GridFileRange Share = new(0, 1);

    public static IReadOnlyList<RecipeField> All { get; } =
    [
        Words("positions", (d, v) => Shaped(d, d.Shape with { Positions = v }), (_, s) => s.Shape.Positions),
        Words("mlp", (d, v) => Shaped(d, d.Shape with { Mlp = v }), (_, s) => s.Shape.Mlp),
        Words("head", (d, v) => Shaped(d, d.Shape with { Head = v }), (_, s) => s.Shape.Head),
        Words("norm", (d, v) => Shaped(d, d.Shape with { Norm = v }), (_, s) => s.Shape.Norm),
        Words("normPlacement", (d, v) => Shaped(d, d.Shape with { NormPlacement = v }), (_, s) => s.Shape.NormPlacement),
        Whole("headsPerGroup", 1, 1024, (d, n) => Shaped(d, d.Shape with { HeadsPerGroup = (int)n }), (_, s) => s.Shape.HeadsPerGroup),
        Truth("qkNorm", (d, v) => Shaped(d, d.Shape with { QkNorm = v }), (_, s) => s.Shape.QkNorm),
        Truth("biases", (d, v) => Shaped(d, d.Shape with { Biases = v }), (_, s) => s.Shape.Biases),
        Number("logitSoftCap", new(0, 1e6), (d, x) => Shaped(d, d.Shape with { LogitSoftCap = x }), (_, s) => s.Shape.LogitSoftCap),
        Whole("distinctLayers", 0, 512, (d, n) => Shaped(d, d.Shape with { DistinctLayers = (int)n }), (_, s) => s.Shape.DistinctLayers),
        Whole("embeddingWidth", 0, 65_536, (d, n) => Shaped(d, d.Shape with { EmbeddingWidth = (int)n }), (_, s) => s.Shape.EmbeddingWidth),
        Words("optimizer", (d, v) => Rest(d, d.Rest with { Optimizer = v }), (_, s) => s.Recipe.Optimizer),
        Words("schedule", (d, v) => Rest(d, d.Rest with { Schedule = v }), (_, s) => s.Recipe.Schedule),
        Words("precision", (d, v) => Rest(d, d.Rest with { Precision = v }), (_, s) => s.Recipe.Precision),
        Number("learningRate", GridFileRange.Positive(10), (d, x) => d with { LearningRate = x }, (_, s) => s.Recipe.LearningRateMax),
        Number("learningRateScale", GridFileRange.Positive(1000), (d, x) => d with { LearningRateScale = x }, (d, _) => d.LearningRateScale),
        Number("batchScale", GridFileRange.Positive(1000), (d, x) => d with { BatchScale = x }, (d, _) => d.BatchScale),
        Whole("batchTokens", 1, 1_000_000_000, (d, n) => d with { BatchTokens = n }, (_, s) => s.BatchTokens),
        Words("parametrisation", (d, v) => d with { Parametrisation = v }, (d, _) => d.Parametrisation),
        Whole("baseWidth", 2, 65_536, (d, n) => d with { BaseWidth = (int)n }, (d, _) => d.BaseWidth),
        Number("embeddingStd", GridFileRange.Positive(100), (d, x) => Rest(d, d.Rest with { EmbeddingStd = x }), (_, s) => s.Recipe.EmbeddingStd ?? 0),
        Number("embeddingRate", GridFileRange.Positive(1000), (d, x) => d with { EmbeddingRate = x }, (d, s) => d.EmbeddingRate ?? s.Recipe.EmbeddingRate),
        Number("headRate", GridFileRange.Positive(1000), (d, x) => d with { HeadRate = x }, (d, s) => d.HeadRate ?? s.Recipe.HeadRate),
        Number("vectorRate", GridFileRange.Positive(1000), (d, x) => Rest(d, d.Rest with { VectorRate = x }), (d, _) => d.Rest.VectorRate),
        Number("batchWarmup", new(0, 0.9), (d, x) => Rest(d, d.Rest with { BatchWarmupFraction = x }), (_, s) => s.Recipe.BatchWarmupFraction),
        Number("batchWarmupStart", GridFileRange.Positive(1), (d, x) => Rest(d, d.Rest with { BatchWarmupStart = x }), (_, s) => s.Recipe.BatchWarmupStart),
        Number("warmup", Share, (d, x) => Rest(d, d.Rest with { WarmupFraction = x }), (_, s) => s.Recipe.WarmupFraction),
        Whole("warmupTokens", 0, 1_000_000_000_000, (d, n) => d with { WarmupTokens = n }, (d, _) => d.WarmupTokens ?? 0),
        Number("cooldownFraction", Share, (d, x) => Rest(d, d.Rest with { CooldownFraction = x }), (_, s) => s.Recipe.CooldownFraction),
        Words("cooldown", (d, v) => Rest(d, d.Rest with { Cooldown = v }), (_, s) => s.Recipe.Cooldown),
        Number("cycle", new(1, 1000), (d, x) => Rest(d, d.Rest with { Cycle = x }), (_, s) => s.Recipe.Cycle),
        Number("finalLearningRate", Share, (d, x) => d with { FinalLearningRate = x }, (_, s) => s.Recipe.LearningRateFinalFraction),
        Number("beta1", new(0, 0.99999), (d, x) => d with { Beta1 = x }, (_, s) => s.Recipe.Beta1),
        Number("beta2", new(0, 0.99999), (d, x) => d with { Beta2 = x }, (_, s) => s.Recipe.Beta2),
        Number("epsilon", new(0, 1), (d, x) => d with { Epsilon = x }, (_, s) => s.Recipe.Epsilon),
        Number("weightDecay", new(0, 10), (d, x) => d with { WeightDecay = x }, (_, s) => s.Recipe.WeightDecay),
        Number("weightDecayTimescale", GridFileRange.Positive(1000), (d, x) => d with { WeightDecayTimescale = x }, (d, _) => d.WeightDecayTimescale ?? 0),
        Number("gradientClip", new(0, 1e6), (d, x) => Rest(d, d.Rest with { GradientClip = x }), (_, s) => s.Recipe.GradientClip),
        Number("zLoss", new(0, 1), (d, x) => Rest(d, d.Rest with { ZLoss = x }), (_, s) => s.Recipe.ZLoss),
        new(
            "sizeRule",
            v => v.Text() is not { } text ? null
                : RuleFile.IsNamedBy(text) || v.Word(Runs.SizeRule.Names) is not null ? new GridChoice(text) : null,
            (d, c) => d with { SizeRule = c.Text },
            (d, _) => new GridChoice(d.SizeRule)),
        Whole("evaluationTokens", 1, 10_000_000_000, (d, n) => Rest(d, d.Rest with { EvaluationTokens = n }), (_, s) => s.Recipe.EvaluationTokens),
    ];

    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    private static RecipeDraft Shaped(RecipeDraft draft, ModelShape shape) => draft with { Shape = shape };

    private static RecipeDraft Rest(RecipeDraft draft, TrainingRecipe rest) => draft with { Rest = rest };

    private static RecipeField Words<T>(string name, Func<RecipeDraft, T, RecipeDraft> apply, Func<RecipeDraft, RunSpec, T> of)
        where T : struct, Enum => new(
            name,
            v => v.Word(EnumWords.All<T>()) is { } word ? new GridChoice(word) : null,
            (d, c) => apply(d, EnumWords.Find<T>(c.Text)!.Value),
            (d, s) => new GridChoice(EnumWords.Of(of(d, s))));

    private static RecipeField Truth(string name, Func<RecipeDraft, bool, RecipeDraft> apply, Func<RecipeDraft, RunSpec, bool> of) => new(
        name,
        v => v.Truth() is { } truth ? new GridChoice(truth ? "true" : "false") : null,
        (d, c) => apply(d, c.Text == "true"),
        (d, s) => new GridChoice(of(d, s) ? "true" : "false"));

    private static RecipeField Number(
        string name, GridFileRange range, Func<RecipeDraft, double, RecipeDraft> apply, Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Number(range) is { } x ? GridChoice.Of(x) : null,
            (d, c) => apply(d, c.Number!.Value),
            (d, s) => GridChoice.Of(of(d, s)));

    private static RecipeField Whole(
        string name, long least, long most, Func<RecipeDraft, long, RecipeDraft> apply, Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Whole(least, most) is { } n ? GridChoice.Of(n) : null,
            (d, c) => apply(d, (long)c.Number!.Value),
            (d, s) => GridChoice.Of(of(d, s)));
}
