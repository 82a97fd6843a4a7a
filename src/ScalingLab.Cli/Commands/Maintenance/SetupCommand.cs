using System.CommandLine;
using System.Diagnostics;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Cli.Commands.Maintenance;

/// <summary>
/// <c>lab setup ENGINE</c>: builds an engine's worker from the sources; the <c>lab</c> script first installs what that
/// needs.
/// </summary>
internal static class SetupCommand
{
    public static Command Create(LabHome home)
    {
        var engine = new Argument<string>("ENGINE")
        {
            Description = "fused: needs cmake, a C++ compiler and a libtorch; torchsharp: the .NET SDK alone",
        }.AcceptOnlyFromAmong([.. EnumNames.All<TensorEngine>()]);
        var command = new Command("setup", "Build an engine's worker here") { engine };
        command.SetAction((parsed, stop) =>
            BuildAsync(home, EnumNames.Find<TensorEngine>(parsed.GetValue(engine)!)!.Value, stop));
        return command;
    }

    /// <summary>dotnet says by itself how it goes; its exit code is ours.</summary>
    private static async Task<int> BuildAsync(LabHome home, TensorEngine engine, CancellationToken stop)
    {
        var line = WorkerPrograms.BuildCommand(engine).Split(' ');
        if (!Directory.Exists(Path.Combine(home.Root, line[2])))
            throw new InputException("ENGINE", $"{home.Root} has no sources to build it from: call this in a clone of "
                + "the repository");
        using var build =
            Process.Start(new ProcessStartInfo(WorkerPrograms.DotnetPath(), line[1..])
                { WorkingDirectory = home.Root })!;
        try
        {
            await build.WaitForExitAsync(stop);
        }
        finally
        {
            if (!build.HasExited) build.Kill(entireProcessTree: true);
        }

        return build.ExitCode == 0 ? CliHost.Success : CliHost.Failure;
    }
}
