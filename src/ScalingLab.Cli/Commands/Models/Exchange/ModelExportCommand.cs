using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Data.Exchange;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Commands.Models.Exchange;

/// <summary>
/// <c>lab model export RUN DIR</c>: a finished run's model as transformers and others read it.
/// </summary>
internal static class ModelExportCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var run = ModelArgument.Create();
        var folder = new Argument<string>("DIR") { Description = "Where it goes: a new folder, or an empty one" };
        var type = new Option<string>("--dtype")
        {
            Description = "Weights in fp32 or bf16", DefaultValueFactory = _ => "fp32",
        }.AcceptOnlyFromAmong("fp32", "bf16");
        var engine = EngineOption.Create();
        var place = LedgerOption.Create();
        var command = new Command("export", "Write a finished run's model as Hugging Face's transformers reads it")
        {
            run, folder, type, engine, place,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var model = ModelChoice.Find(home, LedgerPlace.Find(parsed.GetValue(place), home),
                parsed.GetRequiredValue(run), threads: 1, device: "cpu");
            ModelSettings.RequireLayout(model.Shape);
            var to = Path.GetFullPath(parsed.GetRequiredValue(folder));
            RequireEmpty(to);
            var worker = WorkerPrograms.Find(home.WithEngine(parsed, engine));
            var written = await LongOperation.RunAsync(screen, $"writing {to}",
                _ => WriteAsync(worker, model, to, parsed.GetValue(type) == "bf16", stop), stop);
            screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{LabHome.DisplayPath(to)}: {written.Layout}, {written.Tensors} tensors, "
                    + $"{written.Bytes / 1e6:0.0##} MB. AutoModelForCausalLM and AutoTokenizer of transformers read it, "
                    + $"and 'lab sample', 'lab eval' and 'lab model inspect'."));
            return CliHost.Success;
        });
        return command;
    }

    /// <summary>The model is whole in its folder, or not there at all.</summary>
    private static async Task<ExportedModel> WriteAsync(WorkerCommand worker, SavedModel model, string to,
        bool asBfloat16, CancellationToken stop)
    {
        var partial = Directory.CreateDirectory($"{to}.{Guid.NewGuid():N}.partial").FullName;
        try
        {
            var question = new ModelQuestion("--export", model,
                [RunJson.Serialize(new ExportRequest(model, partial, asBfloat16))]);
            ExportedModel? written = null;
            await foreach (var line in question.AskAsync(worker, stop))
                written = RunJson.Deserialize<ExportedModel>(line);
            if (Directory.Exists(to)) Directory.Delete(to); // it was empty
            Directory.Move(partial, to);
            return written ?? throw new InputException("worker", "did not say what it wrote");
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    private static void RequireEmpty(string folder)
    {
        if (File.Exists(folder)) throw new InputException("DIR", $"{folder} is a file; name a new folder");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InputException("DIR", $"{folder} is not empty; name a new folder, or empty this one");
        LabHome.RequireWritable("DIR", Path.GetDirectoryName(folder) ?? folder);
    }
}
