using System.Text.Json;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Performance;

namespace ScalingLab.Lab.Planning;

/// <summary>
/// What is known of how long runs take on this machine's processor: measured by <c>lab bench model --measure</c>, kept
/// in the state folder, each machine's own.
/// </summary>
public static class ProcessorModels
{
    /// <summary>
    /// The models of this machine; none where nothing was measured on it. A file that is damaged counts as none.
    /// </summary>
    public static IReadOnlyList<ProcessorModel> Read(LabHome home) =>
        [.. All(home).Where(model => model.Machine == Environment.MachineName)];

    /// <summary>Keeps models in the place of those of the same machine, engine, format and load.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Keep(LabHome home, IReadOnlyList<ProcessorModel> models)
    {
        LabHome.RequireWritable("state", home.State);
        var kept = All(home).Where(old => !models.Any(model => Kin(model) == Kin(old)));
        var file = home.ProcessorFile;
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        LabHome.WriteOutput("state", temporary, RunJson.Serialize<List<ProcessorModel>>([.. kept, .. models]));
        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>The model of a run; null where none was made of its number format, engine or load.</summary>
    /// <param name="models">Those that there are.</param>
    /// <param name="engine">What trains; null where that is not known.</param>
    /// <param name="precision">The number format.</param>
    /// <param name="load">Threads of a worker, and workers at once.</param>
    public static ProcessorModel? Find(IEnumerable<ProcessorModel> models, TensorEngine? engine, Precision precision,
        ProcessorLoad load) => models.FirstOrDefault(model =>
            (engine is null || model.Engine == engine) && model.Precision == precision && model.Load == load);

    private static (string, TensorEngine, Precision, ProcessorLoad) Kin(ProcessorModel model) =>
        (model.Machine, model.Engine, model.Precision, model.Load);

    private static List<ProcessorModel> All(LabHome home)
    {
        try
        {
            return File.Exists(home.ProcessorFile)
                ? RunJson.Deserialize<List<ProcessorModel>>(File.ReadAllText(home.ProcessorFile)) : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
