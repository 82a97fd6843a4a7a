using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Slurm;
using ScalingLab.Store;

namespace ScalingLab.Lab.Execution;

/// <summary>How this installation's runs become jobs of a cluster.</summary>
public static class SlurmLaunch
{
    // What programs need to be found and to run as they do here. Whatever else this shell has stays here.
    private static readonly string[] PassedVariables =
        ["PATH", "LD_LIBRARY_PATH", "LIBTORCH", "TZ", "PGPASSWORD", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT"];
    private static readonly string[] PassedPrefixes = ["SCALINGLAB_", "DOTNET_", "OMP_", "OPENBLAS_", "MKL_"];

    // Whoever changes things through a page needs this, a job does not.
    private static readonly string[] Withheld = [AccessToken.Variable];

    /// <summary>What a launcher of this installation needs to know.</summary>
    /// <param name="home">The state folder, which the cluster's nodes share.</param>
    /// <param name="ledger">The ledger's place, with its password.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="work">What knows the sweeps' threads.</param>
    public static SlurmOptions Options(LabHome home, string ledger, SlurmLaunchOptions request, NodeServices work)
    {
        var environment = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            var carried = PassedVariables.Contains(name)
                || PassedPrefixes.Any(f => name.StartsWith(f, StringComparison.Ordinal));
            if ((carried && !Withheld.Contains(name)) || request.Variables.Contains(name))
                environment[name] = (string)variable.Value!;
        }
        environment[LabHome.Variable] = home.State;
        environment[LedgerPlace.Variable] = ledger;
        if (environment.GetValueOrDefault(WorkerPrograms.Variable) is { Length: > 0 } worker)
            environment[WorkerPrograms.Variable] = Path.GetFullPath(worker);
        string[] engine = home.Engine is { } wanted ? ["--engine", EnumNames.ToName(wanted)] : [];
        return new SlurmOptions(
            home.State,
            [WorkerPrograms.DotnetPath(), Path.Combine(AppContext.BaseDirectory, "lab.dll"), "attempt", .. engine],
            environment)
        {
            Request = request.Request,
            MaxJobs = request.MostJobs,
            Cpus = work.Threads,
        };
    }
}
