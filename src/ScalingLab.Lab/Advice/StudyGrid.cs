using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScalingLab.Lab.Advice;

/// <summary>The grid of a study whose largest runs cost so much.</summary>
/// <param name="Request">What is asked.</param>
/// <param name="BestSize">N that a budget of FLOPs trains best.</param>
internal sealed record StudyGrid(AdviceRequest Request, Func<double, double> BestSize)
{
    // Four budgets over a decade and a half, as the ladder: the law of size is read from how their minima move.
    private static readonly double[] Budgets = [0.03, 0.1, 0.3, 1];

    // On both sides of where the minimum is expected, so that it lies between sizes even where it is misjudged.
    private static readonly double[] Sizes = [1 / 3.0, 0.58, 1, 1.73, 3];

    private const double Below = 0.8;
    private const double Above = 1.25;

    private static readonly int[] Passes = [1, 2, 4, 8, 16];

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What keeps shapes out of budgets: more passes over the text than a pass is worth.</summary>
    public bool LeavesOut(StudyShape shape, double flops) =>
        shape.Tokens(flops) > AdviceRequest.MostPasses * Request.TextTokens;

    /// <summary>The grid as JSON; null where the text is too short for any such study.</summary>
    /// <param name="flops">FLOPs of a run at the largest budget.</param>
    public string? Write(double flops) => Request.Question switch
    {
        StudyQuestion.Scaling => Scaling(flops),
        StudyQuestion.Recipe => Recipe(flops),
        _ => Repetition(flops),
    };

    /// <summary>A grid of one run: the best size for a budget.</summary>
    public string WriteSingle(double flops) => Grid("single", [StudyShapes.Nearest(BestSize(flops))],
        [new JsonObject { ["flops"] = Rounded(flops) }]);

    private string? Scaling(double flops)
    {
        List<double> budgets = [.. Budgets.Select(part => Rounded(part * flops))];
        var cells = budgets.ToDictionary(budget => budget, budget => Sizes
            .Select(factor => StudyShapes.Nearest(factor * BestSize(budget))).Distinct()
            .Where(shape => !LeavesOut(shape, budget)).ToList());
        if (cells.Any(cell => !Surrounds(cell.Value, BestSize(cell.Key)))) return null;
        var shapes = StudyShapes.All.Where(shape => cells.Values.Any(some => some.Contains(shape))).ToList();
        var exclude = new JsonArray();
        foreach (var budget in budgets)
        {
            var others = shapes.Except(cells[budget]).ToList();
            if (others.Count > 0)
                exclude.Add(new JsonObject
                {
                    ["flops"] = budget,
                    ["model"] = new JsonArray([.. others.Select(one => JsonValue.Create(one.Name))]),
                });
        }

        exclude.Add(new JsonObject
        {
            ["seed"] = 2, ["flops"] = new JsonArray([.. budgets.Skip(1).Select(one => JsonValue.Create(one))]),
        });
        return Grid("scaling", shapes, [.. budgets.Select(budget => new JsonObject { ["flops"] = budget })], exclude);
    }

    // A minimum is read from sizes on both sides of it.
    private static bool Surrounds(List<StudyShape> shapes, double best) => shapes.Count >= 3
        && shapes.Exists(one => one.Parameters < Below * best) && shapes.Exists(one => one.Parameters > Above * best);

    private string? Recipe(double flops)
    {
        var shape = StudyShapes.Nearest(BestSize(flops));
        return LeavesOut(shape, flops) ? null
            : Grid("recipe", [shape], [new JsonObject { ["flops"] = Rounded(flops) }]);
    }

    private string? Repetition(double flops)
    {
        var shape = StudyShapes.Nearest(BestSize(flops));
        var tokens = Math.Floor(shape.Tokens(flops));
        if (tokens > Request.TextTokens) return null;
        var small = StudyShapes.Nearest(shape.Parameters / 2);
        return Grid("repetition", [.. new[] { small, shape }.Distinct()], [new JsonObject { ["tokens"] = tokens }],
            uniqueTokens: new JsonArray([.. Passes.Select(passes => JsonValue.Create(Math.Floor(tokens / passes)))]));
    }

    private string Grid(string study, IReadOnlyList<StudyShape> shapes, JsonArray lengths, JsonArray? exclude = null,
        JsonArray? uniqueTokens = null)
    {
        var studies = JsonNode.Parse(typeof(StudyGrid).Assembly.GetManifestResourceStream("studies.json")!)!;
        var (template, data) = (studies[study]!, studies["data"]!.DeepClone());
        data["tokenizer"]!["vocabulary"] = AdviceRequest.Vocabulary;
        if (uniqueTokens is not null) data["uniqueTokens"] = uniqueTokens;
        var grid = new JsonObject
        {
            ["name"] = Request.Name, ["question"] = template["question"]!.DeepClone(), ["data"] = data,
            ["models"] = new JsonArray([.. shapes.Select(shape => shape.ToJson())]),
            ["context"] = AdviceRequest.Context, ["lengths"] = lengths, ["recipe"] = template["recipe"]!.DeepClone(),
            ["seeds"] = template["seeds"]!.DeepClone(),
        };
        if (exclude is not null) grid["exclude"] = exclude;
        grid["worker"] = studies["worker"]!.DeepClone();
        return grid.ToJsonString(Indented) + "\n";
    }

    /// <summary>Two digits of it: what a person would have written.</summary>
    internal static double Rounded(double flops) =>
        double.Parse(flops.ToString("0.0e0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
