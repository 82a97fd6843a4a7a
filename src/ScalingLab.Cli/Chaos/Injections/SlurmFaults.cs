using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Cli.Hosting;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Chaos.Injections;

/// <summary>
/// Slurm's faults, by the script that anybody can run by itself: a cluster of two nodes on this machine.
/// </summary>
internal static class SlurmFaults
{
    private static readonly string[] Faults = ["node", "controller", "requeue"];

    public static async Task<ChaosOutcome> RunAsync(TrialContext trials)
    {
        var script = Path.Combine(trials.Home.Root, "tools/slurm/faults.sh");
        if (!File.Exists(script)) return ChaosOutcome.NotHere("tools/slurm/faults.sh is not here");
        var answer = await ProcessResult.RunAsync(
            script, trials.Quick ? Faults[..1] : Faults, null, TimeSpan.FromMinutes(60), trials.Stop)
            ?? throw new ChaosException("tools/slurm/faults.sh did not end within 60 minutes");
        if (answer.ExitCode == CliHost.BadInput) return ChaosOutcome.NotHere(answer.Error.Trim().Split('\n')[^1]);
        var lines = answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l["faults:".Length..].Trim()).ToList();
        var findings = new Findings();
        foreach (var line in lines) findings.Check(line.EndsWith("held", StringComparison.Ordinal), $"{line}");
        findings.Check(answer.ExitCode == CliHost.Success, $"exit code {answer.ExitCode} of tools/slurm/faults.sh");
        return findings.Outcome(lines.Count);
    }
}
