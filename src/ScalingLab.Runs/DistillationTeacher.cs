using ScalingLab.Runs.Models;

namespace ScalingLab.Runs;

/// <summary>
/// The finished model that a run is distilled from: it predicts every token of the text beside the run's own model,
/// which learns from its predictions as from the text (Hinton, Vinyals and Dean 2015, arXiv 1503.02531).
/// </summary>
/// <param name="Hash">SHA-256 of its settings and weights, lower-case hexadecimal.</param>
/// <param name="Shape">What model it is.</param>
public sealed record DistillationTeacher(string Hash, ModelShape Shape)
{
    /// <summary>
    /// Exact FLOPs a token of training a model, attention counted in full, with the forward pass of the one that it
    /// learns from, if any.
    /// </summary>
    public static double TrainingFlopsPerToken(ModelShape shape, DistillationTeacher? teacher) =>
        FlopCount.For(shape).PerToken + (teacher?.FlopsPerToken(shape.Context) ?? 0);

    /// <summary>Exact FLOPs of its forward pass, a token, over windows of that many tokens.</summary>
    public double FlopsPerToken(int context) => FlopCount.For(Shape with { Context = context }).PerToken / 3;
}
