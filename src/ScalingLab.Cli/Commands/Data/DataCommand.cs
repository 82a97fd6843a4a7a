using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data</c>: what is done to text before models are trained on it.</summary>
internal static class DataCommand
{
    public static Command Create(Screen screen, LabHome home) =>
        new("data", "Look at text, prepare it, clean it and put it together")
    {
        PrepareCommand.Create(screen, home), DedupCommand.Create(screen), OverlapCommand.Create(screen),
        FilterCommand.Create(screen), SubsetCommand.Create(screen), MixCommand.Create(screen),
        InspectCommand.Create(screen), ClozeCommand.Create(screen, home),
    };
}
