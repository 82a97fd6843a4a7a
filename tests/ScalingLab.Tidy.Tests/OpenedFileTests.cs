using System.Text.RegularExpressions;

namespace ScalingLab.Tidy.Tests;

/// <summary>
/// Files that somebody names are opened by one door, which refuses pipes, devices and what is too large:
/// src/ScalingLab.Runs/Parsing/InputFile.cs.
/// </summary>
public partial class OpenedFileTests
{
    private const string InputFiles = "src/ScalingLab.Runs/Parsing/InputFile.cs";

    /// <summary>Sources that open files of which nobody else chooses the name, and whose these are.</summary>
    private static readonly Dictionary<string, string> OwnFiles = new()
    {
        ["src/ScalingLab.Worker/Attempts/Attempt.cs"] = "the kernel's",
        ["src/ScalingLab.Worker/Diagnostics/StepProfile.cs"] = "the profiler's trace, just written",
        ["src/ScalingLab.Scheduling/LocalProcesses.cs"] = "the kernel's",
        ["src/ScalingLab.Store/Storage/PostgresServer.cs"] = "the machine's list of users",
        ["src/ScalingLab.Store/Storage/SqliteDatabase.cs"] = "one byte of an empty ledger: whether it is a device",
        ["src/ScalingLab.Scheduling/Slurm/SlurmFolder.cs"] = "lists of runs in the launcher's folder",
        ["src/ScalingLab.Lab/Results/SweepResultsWriter.cs"] = "the stamp in the state folder",
        ["src/ScalingLab.Lab/Planning/ProcessorModels.cs"] = "what was timed, in the state folder",
        ["src/ScalingLab.Cli/Bundles/BundleCommand.cs"] = "the program's own",
        ["src/ScalingLab.Cli/Chaos/ChaosCommand.cs"] = "docs/faults.md",
        ["src/ScalingLab.Cli/Chaos/Trials/Processes.cs"] = "the kernel's",
        ["src/ScalingLab.Cli/Chaos/Injections/TornCheckpoints.cs"] = "checkpoints that it damages itself",
        ["src/ScalingLab.Worker.TorchSharp/Build/OldLibstdc.cs"] = "a package's library, while it is built",
        ["src/ScalingLab.Training/Telemetry/MachineInfo.cs"] = "the kernel's",
        ["src/ScalingLab.Training/Telemetry/DevicePeak.cs"] = "measured peaks in the state folder",
        ["src/ScalingLab.Training/Telemetry/ProcessorSensor.cs"] = "the kernel's",
        ["src/ScalingLab.Training/Telemetry/RaplCounters.cs"] = "the kernel's",
    };

    private static IEnumerable<string> Openers =>
        Sources.Files("src", ".cs").Where(file => Opens().IsMatch(Sources.Read(file)));

    [Fact]
    public void Files_that_somebody_names_are_opened_in_one_place_alone() =>
        Offenders.None(Openers.Except(OwnFiles.Keys).Except([InputFiles]));

    [Fact]
    public void Whoever_may_open_files_otherwise_still_does() => Offenders.None(OwnFiles.Keys.Except(Openers));

    [GeneratedRegex(@"\bFile\.(OpenRead|OpenText|OpenHandle|Open|ReadAll\w+|ReadLines\w*)\(|\bFileMode\.Open\b|\bCsvReader\.FromFile\(|new StreamReader\(""")]
    private static partial Regex Opens();
}
