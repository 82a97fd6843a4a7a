using System.Globalization;
using System.Text.Json.Nodes;
using ScalingLab.Runs.Models;

namespace ScalingLab.Lab.Advice;

/// <summary>A shape that a study may train.</summary>
/// <param name="Name">Its name in the grid.</param>
/// <param name="Shape">The shape.</param>
internal sealed record StudyShape(string Name, ModelShape Shape)
{
    /// <summary>Parameters of blocks and head.</summary>
    public double Parameters => ParameterCount.For(Shape).WithHead;

    /// <summary>Tokens that a budget pays for.</summary>
    public double Tokens(double flops) => flops / FlopCount.For(Shape).PerToken;

    /// <summary>As a grid names it: a preset's name, or the shape itself.</summary>
    public JsonNode ToJson() => ModelPresets.Find(Name) is not null ? JsonValue.Create(Name) : new JsonObject
    {
        ["name"] = Name, ["layers"] = Shape.Layers, ["width"] = Shape.Width, ["heads"] = Shape.Heads,
    };
}

/// <summary>The ladder of shapes, 64 times as wide as deep with heads of 64, and narrower ones below it.</summary>
internal static class StudyShapes
{
    private const int LeastDepth = 4;
    private const int MostDepth = 32;
    private const int HeadWidth = 64;

    /// <summary>By size.</summary>
    public static IReadOnlyList<StudyShape> All { get; } =
    [
        Shape(2, 48, 3), Shape(3, 64, 4), Shape(3, 96, 3), Shape(4, 128, 4), Shape(4, 192, 6),
        .. Enumerable.Range(LeastDepth, MostDepth - LeastDepth + 1).Select(depth =>
            Shape(depth, HeadWidth * depth, depth)),
    ];

    /// <summary>The shape nearest in size.</summary>
    public static StudyShape Nearest(double parameters) =>
        All.MinBy(shape => Math.Abs(Math.Log(shape.Parameters / parameters)))!;

    private static StudyShape Shape(int layers, int width, int heads)
    {
        var preset = ModelPresets.Ladder.FirstOrDefault(one => (one.Layers, one.Width) == (layers, width));
        return new StudyShape(
            preset?.Name ?? string.Create(CultureInfo.InvariantCulture, $"{layers}x{width}"),
            new ModelShape
            {
                Layers = layers, Width = width, Heads = heads, Vocabulary = AdviceRequest.Vocabulary,
                Context = AdviceRequest.Context,
            });
    }
}
