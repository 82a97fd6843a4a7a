using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Commands.Simulations;

/// <summary><c>lab simulate</c>: what a study would find, before a device is touched.</summary>
internal static class SimulateCommand
{
    public static Command Create(Screen screen, LabHome home) => new("simulate", "Try a study on made-up truth before it is run")
    {
        SimulateSweepCommand.Create(screen),
        SimulateNextCommand.Create(screen),
        SimulateStoppingCommand.Create(screen),
        SimulateQueueCommand.Create(screen, home),
    };
}
