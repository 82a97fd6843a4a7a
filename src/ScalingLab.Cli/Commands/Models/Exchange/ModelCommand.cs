using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Commands.Models.Exchange;

/// <summary><c>lab model export|inspect|logits</c>.</summary>
internal static class ModelCommand
{
    public static Command Create(Screen screen, LabHome home) =>
        new("model", "Write models for other programs, look at those of others, compare by logits")
        {
            ModelExportCommand.Create(screen, home), ModelInspectCommand.Create(screen),
            ModelLogitsCommand.Create(screen, home),
        };
}
