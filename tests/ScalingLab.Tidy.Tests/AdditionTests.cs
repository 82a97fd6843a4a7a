using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScalingLab.Tidy.Tests;

/// <summary>
/// Adding an optimizer, a figure, a corpus or a recipe field touches few files (CONTRIBUTING.md, "How to add"): no
/// other file knows of one. Exceptions stand here by path, with what they name and why.
/// </summary>
public sealed class AdditionTests
{
    private const string Optimizers = "src/ScalingLab.Runs/OptimizerDefaults.cs";
    private const string Figures = "src/ScalingLab.Reporting/Figures/ReportFigures.cs";
    private const string FittedLaws = "src/ScalingLab.Fitting/FittedLaws.cs";
    private const string FitDocument = "src/ScalingLab.Fitting/Documents/FitDocument.cs";
    private const string Corpora = "src/ScalingLab.Runs/Grids/CorpusKind.cs";
    private const string CorpusReaders = "src/ScalingLab.Lab/Preparation/GridCorpus.cs";
    private const string CorpusFolder = "src/ScalingLab.Data/Corpora/";
    private const string RecipeFields = "src/ScalingLab.Runs/Recipes/RecipeField.cs";

    private static readonly Dictionary<string, string[]> OtherUsesOfOptimizers = new()
    {
        // The one that a recipe has where nothing is said, and that the size rules were tuned for.
        ["src/ScalingLab.Runs/TrainingRecipe.cs"] = ["Adamw"],
        ["src/ScalingLab.Runs/Recipes/RuleFile.cs"] = ["Adamw"],
        ["src/ScalingLab.Runs/Recipes/SizeRule.cs"] = ["Adamw"],
        // It scales each step to its tensor's norm: rates of single tensors are refused.
        ["src/ScalingLab.Runs/Recipes/RecipeDraft.cs"] = ["Lamb"],
        // Recipes that kernels are checked with, beside one of every optimizer.
        ["src/ScalingLab.Worker/Diagnostics/KernelReport.cs"] = ["Adamw", "Lamb"],
    };

    private static readonly Dictionary<string, string[]> OtherUsesOfFigures = new()
    {
        // A comparison of sweeps draws the curves of each.
        ["src/ScalingLab.Reporting/Comparisons/SweepCompare.cs"] = ["LossCurvesFigure"],
        ["src/ScalingLab.Reporting/Comparisons/CompareReport.cs"] = ["LossCurvesFigure"],
        // The frontier of one is that of the other.
        ["src/ScalingLab.Reporting/Figures/Laws/ContourFigure.cs"] = ["ComparisonFigure"],
    };

    private static readonly Dictionary<string, string[]> OtherUsesOfLaws = new()
    {
        // Its law without repetition is advice too.
        ["src/ScalingLab.Fitting/Predictions/AdviceLaw.cs"] = ["DataConstrainedFit"],
        ["src/ScalingLab.Fitting/Predictions/Predictor.cs"] = ["DataConstrainedFit", "DownstreamFit"],
        // A sweep of repeated text leads with it; scores of several recipes are fitted together.
        ["src/ScalingLab.Reporting/Analysis/SweepFits.cs"] = ["DataConstrainedFit", "DownstreamFit"],
        // Scores are predicted from losses, drawn and told.
        ["src/ScalingLab.Fitting/Predictions/TwoSteps.cs"] = ["DownstreamFit"],
        ["src/ScalingLab.Reporting/Figures/Performance/SweepFigureKind.cs"] = ["DownstreamFit"],
        ["src/ScalingLab.Reporting/Figures/ScoresFigure.cs"] = ["DownstreamFit"],
        ["src/ScalingLab.Reporting/Sections/ScoresSection.cs"] = ["DownstreamFit"],
    };

    private static readonly Dictionary<string, string[]> OtherUsesOfCorpora = new()
    {
        // The folder that a new grid's text may go into; the chaos test's grid.
        ["src/ScalingLab.Cli/Commands/Grids/InitCommand.cs"] = ["text"],
        ["src/ScalingLab.Cli/Chaos/Trials/ChaosSweep.cs"] = ["text"],
        // Read file by file, and with the lines of JSON that are kept; the member and column that texts are usually in.
        ["src/ScalingLab.Data/Cleaning/RecordWalk.cs"] = ["JsonLines", "TextFiles"],
        ["src/ScalingLab.Data/Cleaning/RecordWriter.cs"] = ["text"],
        ["src/ScalingLab.Cli/Commands/Data/TextOptionSet.cs"] = ["text"],
        // The field that most files of records have.
        ["src/ScalingLab.Cli/Commands/Tokenizers/TextFileSet.cs"] = ["text"],
        // Headings of tables, and the format of a figure's numbers.
        ["src/ScalingLab.Cli/Commands/Models/Evaluations/EvalView.cs"] = ["text"],
        // A problem's word, and the field of tasks.
        ["src/ScalingLab.Evaluation/Tasks/TaskLine.cs"] = ["text"],
        ["src/ScalingLab.Evaluation/Tasks/TaskShapes.cs"] = ["text"],
        ["src/ScalingLab.Reporting/Comparisons/CompareGrids.cs"] = ["text"],
        ["src/ScalingLab.Reporting/Drawing/FigureFiles.cs"] = ["csv"],
    };

    private static readonly Dictionary<string, string[]> OtherUsesOfRecipeFields = new()
    {
        // What the size rules and rule files decide: learning rate and batch, for an optimizer.
        ["src/ScalingLab.Runs/Recipes/RuleFile.cs"] = ["learningRate", "batchTokens", "optimizer"],
        ["src/ScalingLab.Fitting/Published/PublishedOptima.cs"] = ["learningRate", "batchTokens"],
        ["src/ScalingLab.Runs/Grids/GridCell.cs"] = ["batchTokens", "warmupTokens"],
        // What is said of fields that do not go together, or of a shape that cannot be.
        ["src/ScalingLab.Runs/Recipes/RecipeDraft.cs"] =
            ["head", "embeddingRate", "headRate", "vectorRate", "parametrisation", "distillWeight", "warmStart"],
        ["src/ScalingLab.Runs/Grids/GridFile.cs"] = ["distillWeight", "warmStart"],
        ["src/ScalingLab.Runs/Models/ModelShape.cs"] =
            ["positions", "headsPerGroup", "distinctLayers", "embeddingWidth"],
        // Advice before a sweep.
        ["src/ScalingLab.Runs/Planning/PlanAdvice.cs"] = ["learningRate", "batchTokens", "weightDecay"],
        ["src/ScalingLab.Runs/Planning/PlanRecipeAdvice.cs"] =
            ["learningRate", "learningRateScale", "batchTokens", "batchScale"],
        // What 'lab tune' searches by itself, and what it refuses.
        ["src/ScalingLab.Runs/Tuning/Tune.cs"] =
            [
                "learningRate", "learningRateScale", "batchTokens", "batchScale", "parametrisation",
                "baseWidth", "evaluationTokens",
            ],
        ["src/ScalingLab.Reporting/Tuning/TuneRule.cs"] = ["evaluationTokens"],
        // The grid of the chaos test.
        ["src/ScalingLab.Cli/Chaos/Trials/ChaosSweep.cs"] = ["evaluationTokens"],
        // The same word for something else: a column, an option, an argument.
        ["src/ScalingLab.Cli/Benchmarks/BenchCommand.cs"] = ["precision"],
        ["src/ScalingLab.Cli/Benchmarks/BenchMemoryCommand.cs"] = ["precision"],
        ["src/ScalingLab.Cli/Benchmarks/BenchCoordinatesCommand.cs"] = ["warmup"],
        ["src/ScalingLab.Reporting/Comparisons/CompareGrids.cs"] = ["precision"],
        ["src/ScalingLab.Reporting/Tables/RunRow.cs"] = ["precision"],
        ["src/ScalingLab.Training/Steps/TrainingStep.cs"] = ["precision"],
        // Which of them an architecture of other programs can say, and names of tensors.
        ["src/ScalingLab.Data/Exchange/ModelLayout.cs"] =
            ["head", "normPlacement", "logitSoftCap", "distinctLayers", "embeddingWidth", "norm", "mlp",
                "headsPerGroup", "qkNorm"],
        ["src/ScalingLab.Data/Exchange/Gpt2Layout.cs"] = ["positions", "norm"],
        ["src/ScalingLab.Data/Exchange/LlamaLayout.cs"] = ["positions", "mlp", "norm", "qkNorm", "biases"],
        ["src/ScalingLab.Data/Exchange/NeoxLayout.cs"] = ["positions", "norm"],
        // Names of tensors.
        ["src/ScalingLab.Training/Parameters/ParameterSpec.cs"] = ["positions", "head", "norm"],
        ["src/ScalingLab.Training/Models/Transformer.cs"] = ["head", "norm"],
        ["src/ScalingLab.Training/Models/FusedTransformer.cs"] = ["positions", "head", "norm"],
        ["src/ScalingLab.Training/Models/Positions.cs"] = ["positions"],
        ["src/ScalingLab.Training/Parallel/GradientBucket.cs"] = ["head"],
        ["src/ScalingLab.Torch/Checks/KernelCheck.Optimizers.cs"] = ["norm"],
    };

    [Fact]
    public void An_optimizer_is_known_to_its_defaults_and_to_the_factory()
    {
        var kinds = Types<EnumDeclarationSyntax>(Optimizers).Single(type => type.Identifier.Text == "OptimizerKind")
            .Members.Select(member => member.Identifier.Text).ToHashSet();
        Assert.Contains("Lamb", kinds);
        AssertOnlyIn(
            file => file.Unit.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
                .Where(access => access.Expression is IdentifierNameSyntax { Identifier.Text: "OptimizerKind" })
                .Select(access => access.Name.Identifier.Text).Where(kinds.Contains),
            file => file is Optimizers
                || file.StartsWith("src/ScalingLab.Training/Optimizers/", StringComparison.Ordinal),
            OtherUsesOfOptimizers);
    }

    [Fact]
    public void A_figure_is_known_to_its_own_file_and_to_the_list()
    {
        var figures = Kinds().ToLookup(kind => kind.Class);
        Assert.Contains("MachineFigure", figures.Select(figure => figure.Key));
        AssertOnlyIn(
            file => Names(file.Unit).Where(name => figures[name].Any(kind => kind.File != file.File)),
            file => file is Figures,
            OtherUsesOfFigures);
    }

    [Fact]
    public void Every_figure_is_in_the_list()
    {
        var listed = Unit(Figures).DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Select(access => access.ToString()).ToHashSet();
        Offenders.None(Kinds().Select(kind => $"{kind.Class}.{kind.Field}").Where(kind => !listed.Contains(kind)));
    }

    [Fact]
    public void A_law_that_a_summary_tells_all_of_is_known_to_its_folder_and_where_laws_are_listed()
    {
        var laws = ProductCode.Files
            .SelectMany(file => file.Unit.DescendantNodes().OfType<RecordDeclarationSyntax>()
                .Where(type => !type.Modifiers.Any(SyntaxKind.AbstractKeyword)
                    && type.BaseList?.Types.Any(t => t.ToString() is "SummarizedFit" or "ManyStartsFit") == true)
                .Select(type => (type.Identifier.Text, Folder: Path.GetDirectoryName(file.File)!)))
            .ToDictionary(law => law.Text, law => law.Folder);
        Assert.Contains("OverTrainingFit", laws.Keys);
        AssertOnlyIn(
            file => Names(file.Unit).Where(name => laws.TryGetValue(name, out var folder)
                && !file.File.StartsWith(folder, StringComparison.Ordinal)),
            file => file is FittedLaws or FitDocument,
            OtherUsesOfLaws);
    }

    [Fact]
    public void A_corpus_is_known_to_its_own_file_to_the_list_and_to_what_opens_it()
    {
        var classes = ProductCode.Files.Where(file => file.File.StartsWith(CorpusFolder, StringComparison.Ordinal))
            .SelectMany(file => file.Unit.DescendantNodes().OfType<RecordDeclarationSyntax>()
                .Where(type => type.BaseList is not null && !type.Modifiers.Any(SyntaxKind.AbstractKeyword))
                .Where(type => type.Members.OfType<PropertyDeclarationSyntax>().Any(p => p.Identifier.Text == "Kind"))
                .Select(type => (Name: type.Identifier.Text, file.File)))
            .ToDictionary(type => type.Name, type => type.File);
        Assert.Contains("JsonLines", classes.Keys);
        var words = Unit(Corpora).DescendantNodes().OfType<ImplicitObjectCreationExpressionSyntax>()
            .Where(made => made.ArgumentList.Arguments is [{ Expression: LiteralExpressionSyntax }])
            .Select(made => ((LiteralExpressionSyntax)made.ArgumentList.Arguments[0].Expression).Token.ValueText)
            .ToHashSet();
        Assert.Contains("jsonl", words);
        AssertOnlyIn(
            file => Names(file.Unit).Where(name => classes.TryGetValue(name, out var own) && own != file.File)
                .Concat(Words(file.Unit, words).Where(_ => !classes.ContainsValue(file.File))),
            file => file is Corpora or CorpusReaders,
            OtherUsesOfCorpora);
    }

    [Fact]
    public void A_recipe_field_is_read_applied_and_described_in_one_place()
    {
        var words = Unit(RecipeFields).DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Where(call => call.Expression.ToString().EndsWith("Field", StringComparison.Ordinal))
            .Select(call => call.ArgumentList.Arguments[0].Expression).OfType<LiteralExpressionSyntax>()
            .Select(literal => literal.Token.ValueText).ToHashSet();
        Assert.Contains("zLoss", words);
        AssertOnlyIn(file => Words(file.Unit, words), file => file is RecipeFields, OtherUsesOfRecipeFields);
    }

    /// <summary>
    /// Fails for every file that names a thing and neither may nor is excepted, and for exceptions that nobody needs.
    /// </summary>
    private static void AssertOnlyIn(Func<(string File, CompilationUnitSyntax Unit), IEnumerable<string>> named,
        Func<string, bool> isAllowed, Dictionary<string, string[]> exceptions)
    {
        var found = ProductCode.Files.Where(file => !isAllowed(file.File))
            .SelectMany(file => named(file).Distinct().Select(thing => $"{file.File} names {thing}")).ToList();
        var excepted = exceptions.SelectMany(file => file.Value.Select(thing => $"{file.Key} names {thing}")).ToList();
        Offenders.None(found.Except(excepted)
            .Concat(excepted.Except(found).Select(idle => $"excepted for nothing: {idle}")));
    }

    /// <summary>The descriptors of figures: static fields of type FigureKind.</summary>
    private static IEnumerable<(string Class, string Field, string File)> Kinds() =>
        from file in ProductCode.ByProject["ScalingLab.Reporting"]
        from field in file.Unit.DescendantNodes().OfType<FieldDeclarationSyntax>()
        where field.Declaration.Type.ToString() == "FigureKind"
        from one in field.Declaration.Variables
        select (((TypeDeclarationSyntax)field.Parent!).Identifier.Text, one.Identifier.Text, file.File);

    private static CompilationUnitSyntax Unit(string file) => ProductCode.Files.Single(f => f.File == file).Unit;

    private static IEnumerable<T> Types<T>(string file) where T : SyntaxNode =>
        Unit(file).DescendantNodes().OfType<T>();

    private static IEnumerable<string> Names(CompilationUnitSyntax unit) =>
        unit.DescendantNodes().OfType<SimpleNameSyntax>().Select(name => name.Identifier.Text);

    /// <summary>The words that a file has as a string, or in quotes within one.</summary>
    private static IEnumerable<string> Words(CompilationUnitSyntax unit, HashSet<string> words)
    {
        var strings = unit.DescendantTokens().Where(token => token.Kind() is SyntaxKind.StringLiteralToken
            or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken
            or SyntaxKind.InterpolatedStringTextToken).Select(token => token.ValueText).ToList();
        return words.Where(word => strings.Exists(text =>
            text == word || text == $"recipe.{word}" || text.Contains($"\"{word}\"", StringComparison.Ordinal)));
    }
}
