using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Runs;
using ScalingLab.Torch;
using ScalingLab.Training.Exchange;
using ScalingLab.Training.Parameters;

namespace ScalingLab.Training.Models;

/// <summary>The model that a run is distilled from: it only predicts (<see cref="DistillationTeacher"/>).</summary>
internal sealed class Teacher : IDisposable
{
    private readonly TrainingRecipe _recipe;
    private readonly ParameterBuffer _parameters;
    private readonly Transformer _model;

    /// <summary>Loads it, in the run's own precision.</summary>
    /// <param name="spec">A run that is distilled.</param>
    /// <param name="folder">The model.</param>
    /// <param name="device">Where the run trains.</param>
    /// <exception cref="DataException">The folder holds no model that can be read, or another.</exception>
    public Teacher(RunSpec spec, string folder, Device device)
    {
        _recipe = spec.Recipe;
        var model = ModelFolder.Open(folder);
        if (model.Shape != spec.DistilledFrom!.Shape)
            throw new DataException($"{folder}: holds another model than the run is distilled from");
        _parameters = ParameterBuffer.Zeros(model.Shape, _recipe.Precision, device);
        WeightReader.Fill(model, name => _parameters[name]);
        _model = new Transformer(model.Shape, _parameters);
    }

    /// <summary>The teacher's stream after its last block, [B, T, its width], without history.</summary>
    /// <param name="inputs">Token ids, int64 [B, T].</param>
    public Tensor Stream(Tensor inputs)
    {
        using var quiet = no_grad();
        return _model.Stream(inputs);
    }

    /// <summary>
    /// What the run is trained on: (1 - w) of its loss on the text and w of T^2 times the cross-entropy of its
    /// predictions under the teacher's, both at temperature T (Hinton et al. 2015, section 2). That is the
    /// Kullback-Leibler divergence but for the teacher's own entropy, which has no gradient here.
    /// </summary>
    /// <param name="text">Mean loss on the text, fp32 [].</param>
    /// <param name="logits">The run's, [rows, vocabulary].</param>
    /// <param name="stream">The teacher's stream of the same rows, [.., its width].</param>
    public Tensor Mix(Tensor text, Tensor logits, Tensor stream)
    {
        var temperature = _recipe.DistillTemperature;
        Tensor wanted;
        using (no_grad())
        {
            var its = _model.Logits(stream).view(logits.shape).to(ScalarType.Float32);
            wanted = F.softmax(its / temperature, -1);
        }

        var own = logits.to(ScalarType.Float32) / temperature;
        var learned = (own.logsumexp(-1) - (wanted * own).sum(-1)).mean();
        return (text * (1 - _recipe.DistillWeight))
            + (learned * (_recipe.DistillWeight * temperature * temperature));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _parameters.Dispose();
    }
}
