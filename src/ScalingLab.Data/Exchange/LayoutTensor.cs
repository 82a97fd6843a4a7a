namespace ScalingLab.Data.Exchange;

/// <summary>
/// A tensor as an architecture of Hugging Face's transformers has it, and where its rows are in a model here.
/// </summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dimensions">Sizes, outermost first.</param>
/// <param name="Rows">Every row once, in order.</param>
/// <param name="IsTransposed">Whether it is [in, out] in place of [out, in]: its rows are then columns here (GPT-2's
/// Conv1D).</param>
public sealed record LayoutTensor(
    string Name, IReadOnlyList<long> Dimensions, IReadOnlyList<LayoutRows> Rows, bool IsTransposed = false)
{
    /// <summary>A tensor that is one here too.</summary>
    public static LayoutTensor Whole(string name, string parameter, params long[] dimensions) =>
        new(name, dimensions, [new LayoutRows(parameter, 0, dimensions[0])]);

    /// <summary>A matrix that is one here too, transposed.</summary>
    public static LayoutTensor Transposed(string name, string parameter, long inputs, long outputs) =>
        new(name, [inputs, outputs], [new LayoutRows(parameter, 0, inputs)], IsTransposed: true);
}

/// <summary>Neighbouring rows of a tensor; of a vector its numbers.</summary>
/// <param name="Parameter">The tensor here. One that the model has not is all zeros (a bias, positions).</param>
/// <param name="First">The first row there.</param>
/// <param name="Count">How many.</param>
public sealed record LayoutRows(string Parameter, long First, long Count);
