using System.CommandLine;
using ScalingLab.Cli.Consoles;

namespace ScalingLab.Cli.Commands.Data;

/// <summary><c>lab data</c>: what is done to text before models are trained on it.</summary>
internal static class DataCommand
{
    public static Command Create(Screen screen) => new("data", "Look at text, clean it and put it together")
    {
        DedupCommand.Create(screen), OverlapCommand.Create(screen), FilterCommand.Create(screen),
        SubsetCommand.Create(screen), MixCommand.Create(screen), InspectCommand.Create(screen),
    };
}
