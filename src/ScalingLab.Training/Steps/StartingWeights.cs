using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Torch;
using ScalingLab.Training.Exchange;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Steps;

/// <summary>The weights that a run begins with: drawn by its seed, or those of a finished model.</summary>
internal static class StartingWeights
{
    /// <summary>Makes the parameters, the same whatever the device.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="folder">The model of <see cref="RunSpec.StartedFrom"/>; null where there is none.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="fused">As in <see cref="ParameterBuffer"/>.</param>
    /// <exception cref="DataException">The folder was not named, cannot be read, or holds a model of another
    /// shape.</exception>
    public static ParameterBuffer Create(RunSpec spec, string? folder, Device device, Task<bool> fused)
    {
        if (spec.StartedFrom is null)
            return new ParameterBuffer(ParameterSpec.For(spec.Shape, spec.Recipe.EmbeddingStd), spec.Recipe.Precision,
                device, spec.Seed, fused);
        var model = ModelFolder.Open(folder
            ?? throw new DataException("the run begins with a model, and its folder was not named"));
        if (new StartingModel(spec.StartedFrom, model.Shape).Differences(spec.Shape).Any())
            throw new DataException($"{model.Folder}: holds another model than the run begins with");
        var parameters = ParameterBuffer.Zeros(spec.Shape, spec.Recipe.Precision, device, fused);
        WeightReader.Fill(model, parameters.MasterOf);
        parameters.SyncModelWeights();
        return parameters;
    }
}
