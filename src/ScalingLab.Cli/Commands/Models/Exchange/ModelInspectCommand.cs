using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Data;
using ScalingLab.Data.Exchange;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Cli.Commands.Models.Exchange;

/// <summary>
/// <c>lab model inspect DIR</c>: what a folder of a model holds, and everything that keeps it from being read here.
/// </summary>
internal static class ModelInspectCommand
{
    public static Command Create(Screen screen)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "A folder with config.json, .safetensors files and tokenizer.json",
        };
        var command = new Command("inspect", "Check a model that another program saved: every tensor, every setting")
        {
            folder,
        };
        command.SetAction(parsed =>
        {
            var named = parsed.GetRequiredValue(folder);
            if (!Directory.Exists(named)) throw new InputException("DIR", $"{named} is no folder");
            Show(screen, ModelChoice.Open(Path.GetFullPath(named), "DIR"));
            return CliHost.Success;
        });
        return command;
    }

    private static void Show(Screen screen, ModelFolder model)
    {
        var (shape, bytes) = (model.Shape, model.Tensors.Sum(tensor => tensor.Entry.Bytes));
        var types = model.Tensors.Select(tensor => tensor.Entry.Type).Distinct().Order();
        screen.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{LabHome.DisplayPath(model.Folder)}: {model.Layout.Title}, "
                + $"{Quantity.Compact(ParameterCount.For(shape).Total)} parameters, {model.Tensors.Count} tensors, "
                + $"{bytes / 1e6:0.0##} MB in {string.Join(", ", types)}."));
        screen.Out.WriteLine($"Shape: {RunJson.Serialize(shape)}");
        try
        {
            var tokenizer = model.LoadTokenizer();
            screen.Out.WriteLine($"Tokenizer: {tokenizer.Kind}, {Quantity.Whole(tokenizer.Vocabulary)} tokens; a text "
                + $"begins after token {model.BeginOfText ?? tokenizer.EndOfDocument} and ends with "
                + $"{model.EndOfText ?? tokenizer.EndOfDocument}.");
        }
        catch (DataException e)
        {
            screen.Out.WriteLine("Tokenizer: cannot be read here, so that the model reads token numbers "
                + "('lab model logits --tokens') and no text:");
            foreach (var problem in e.Problems) screen.Out.WriteLine($"  {problem}");
        }
    }
}
