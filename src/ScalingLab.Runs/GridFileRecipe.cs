namespace ScalingLab.Runs;

/// <summary>A recipe as far as the grid has said it; learning rate and batch wait for the size rule.</summary>
internal sealed record RecipeDraft
{
    public PositionKind Positions { get; init; }

    public MlpKind Mlp { get; init; }

    public HeadKind Head { get; init; }

    public string SizeRule { get; init; } = "auto";

    public double? LearningRate { get; init; }

    public double LearningRateScale { get; init; } = 1;

    public long? BatchTokens { get; init; }

    /// <summary>Everything else; batch and learning rate are filled in last.</summary>
    public TrainingRecipe Rest { get; init; } = new() { BatchSequences = 1, LearningRateMax = 0 };
}

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
    public static IReadOnlyList<RecipeField> All { get; } =
    [
        Words("positions", (d, v) => d with { Positions = v }, (_, s) => s.Shape.Positions),
        Words("mlp", (d, v) => d with { Mlp = v }, (_, s) => s.Shape.Mlp),
        Words("head", (d, v) => d with { Head = v }, (_, s) => s.Shape.Head),
        Words("optimizer", (d, v) => d with { Rest = d.Rest with { Optimizer = v } }, (_, s) => s.Recipe.Optimizer),
        Words("schedule", (d, v) => d with { Rest = d.Rest with { Schedule = v } }, (_, s) => s.Recipe.Schedule),
        Words("precision", (d, v) => d with { Rest = d.Rest with { Precision = v } }, (_, s) => s.Recipe.Precision),
        Number("learningRate", GridFileRange.Positive(10), (d, x) => d with { LearningRate = x }, (_, s) => s.Recipe.LearningRateMax),
        Number("learningRateScale", GridFileRange.Positive(1000), (d, x) => d with { LearningRateScale = x }, (d, _) => d.LearningRateScale),
        Whole("batchTokens", 1_000_000_000, (d, n) => d with { BatchTokens = n }, (_, s) => s.BatchTokens),
        Number("warmup", new(0, 1), (d, x) => d with { Rest = d.Rest with { WarmupFraction = x } }, (_, s) => s.Recipe.WarmupFraction),
        Number(
            "finalLearningRate",
            new(0, 1),
            (d, x) => d with { Rest = d.Rest with { LearningRateFinalFraction = x } },
            (_, s) => s.Recipe.LearningRateFinalFraction),
        Number("beta1", new(0, 0.99999), (d, x) => d with { Rest = d.Rest with { Beta1 = x } }, (_, s) => s.Recipe.Beta1),
        Number("beta2", new(0, 0.99999), (d, x) => d with { Rest = d.Rest with { Beta2 = x } }, (_, s) => s.Recipe.Beta2),
        Number("weightDecay", new(0, 10), (d, x) => d with { Rest = d.Rest with { WeightDecay = x } }, (_, s) => s.Recipe.WeightDecay),
        Number("gradientClip", new(0, 1e6), (d, x) => d with { Rest = d.Rest with { GradientClip = x } }, (_, s) => s.Recipe.GradientClip),
        new(
            "sizeRule",
            v => v.Word(["auto", "porian", "micro"]) is { } word ? new GridChoice(word) : null,
            (d, c) => d with { SizeRule = c.Text },
            (d, _) => new GridChoice(d.SizeRule)),
        Whole(
            "evaluationTokens",
            10_000_000_000,
            (d, n) => d with { Rest = d.Rest with { EvaluationTokens = n } },
            (_, s) => s.Recipe.EvaluationTokens),
    ];

    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>The words of an enumeration as files have them.</summary>
    public static IReadOnlyList<string> WordsOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];

    private static RecipeField Words<T>(string name, Func<RecipeDraft, T, RecipeDraft> apply, Func<RecipeDraft, RunSpec, T> of)
        where T : struct, Enum => new(
            name,
            v => v.Word(WordsOf<T>()) is { } word ? new GridChoice(word) : null,
            (d, c) => apply(d, Enum.Parse<T>(c.Text, ignoreCase: true)),
            (d, s) => new GridChoice(of(d, s).ToString().ToLowerInvariant()));

    private static RecipeField Number(
        string name, GridFileRange range, Func<RecipeDraft, double, RecipeDraft> apply, Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Number(range) is { } x ? GridChoice.Of(x) : null,
            (d, c) => apply(d, c.Number!.Value),
            (d, s) => GridChoice.Of(of(d, s)));

    private static RecipeField Whole(
        string name, long most, Func<RecipeDraft, long, RecipeDraft> apply, Func<RecipeDraft, RunSpec, double> of) => new(
            name,
            v => v.Whole(1, most) is { } n ? GridChoice.Of(n) : null,
            (d, c) => apply(d, (long)c.Number!.Value),
            (d, s) => GridChoice.Of(of(d, s)));
}
