using ScalingLab.Runs;
using ScalingLab.Torch;

namespace ScalingLab.Training.Models;

/// <summary>What some rows are trained on, beside their cross-entropy, which is what is reported of them.</summary>
/// <param name="Recipe">
/// Has the weight of log(sum(exp(logits)))^2 (PaLM, arXiv 2204.02311, section 5) and the precision of the gradient.
/// </param>
/// <param name="Teacher">The model that is learned from; null: the text alone is.</param>
/// <param name="TeacherStream">Its stream of the same rows, [.., its width].</param>
internal sealed record Objective(TrainingRecipe Recipe, Teacher? Teacher = null, Tensor? TeacherStream = null)
{
    /// <summary>Whether it is the cross-entropy itself.</summary>
    public bool IsPlain => Recipe.ZLoss == 0 && Teacher is null;

    /// <summary>That of some of the rows.</summary>
    public Objective Rows(long first, long count) => this with
    {
        TeacherStream = TeacherStream?.view(1, -1, TeacherStream.shape[^1]).narrow(1, first, count),
    };

    /// <summary>Its mean over the rows, fp32 [].</summary>
    /// <param name="reported">Their mean cross-entropy, fp32 [].</param>
    /// <param name="logits">[rows, vocabulary].</param>
    public Tensor Of(Tensor reported, Tensor logits)
    {
        var loss = Teacher is null ? reported : Teacher.Mix(reported, logits, TeacherStream!);
        return Recipe.ZLoss == 0 ? loss
            : loss + (logits.to(ScalarType.Float32).logsumexp(-1).square().mean() * Recipe.ZLoss);
    }
}
