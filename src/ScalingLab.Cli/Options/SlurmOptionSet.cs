using System.CommandLine;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Slurm;

namespace ScalingLab.Cli.Options;

/// <summary><c>--launcher slurm</c> and what belongs to it.</summary>
internal sealed class SlurmOptionSet
{
    private readonly Option<string> _launcher = new("--launcher")
    {
        Description =
            "local: workers on this machine; slurm: each run as a job of the cluster (needs a PostgreSQL ledger)",
        DefaultValueFactory = _ => "local",
    };

    private readonly Option<string?> _partition = TextOption("partition", "Its queue");
    private readonly Option<string?> _account = TextOption("account", "Whom jobs are charged to");
    private readonly Option<string?> _qos = TextOption("qos", "Their quality of service");
    private readonly Option<string?> _time =
        TextOption("time", "Longest time of a job, e.g. 2:00:00; what is not done goes on in the next");
    private readonly Option<string?> _memory = TextOption("memory", "Memory of a job, e.g. 4G");
    private readonly Option<string?> _gpu =
        TextOption("gpu", "What a job of a sweep on cuda asks for; gpu:1 unless given");
    private readonly Option<int?> _jobs =
        RunOptions.PositiveInteger("--slurm-jobs", "Jobs in Slurm at a time, waiting ones included; 100 unless given");
    private readonly Option<string[]> _more = new("--slurm-option")
    {
        Description = "An argument for sbatch, e.g. --slurm-option=--constraint=a100; may be repeated",
    };

    private readonly Option<string[]> _variables = new("--slurm-env")
    {
        Description = "A variable of this environment that jobs are to have too; may be repeated",
    };

    public SlurmOptionSet() => _launcher.AcceptOnlyFromAmong("local", "slurm");

    public void AddTo(Command command)
    {
        foreach (var option in Options) command.Add(option);
    }

    /// <summary>What was asked for; null where the launcher is this machine.</summary>
    /// <exception cref="InputException">Something of Slurm was asked of another launcher, or a time in which no job
    /// gets anywhere.</exception>
    public SlurmLaunchOptions? Bind(ParseResult parsed)
    {
        if (parsed.GetValue(_launcher) != "slurm")
        {
            var given = Options.Skip(1).Where(o => parsed.GetResult(o) is { Implicit: false })
                .Select(o => new Problem(o.Name, "is for --launcher slurm, which was not asked for")).ToList();
            return given.Count > 0 ? throw new InputException(given) : null;
        }
        if (parsed.GetValue(_time) is { } time && SlurmRequest.TimeProblem(time) is { } why)
            throw new InputException(_time.Name, why);
        return new SlurmLaunchOptions(
            new SlurmRequest
            {
                Partition = parsed.GetValue(_partition),
                Account = parsed.GetValue(_account),
                Qos = parsed.GetValue(_qos),
                Time = parsed.GetValue(_time),
                Memory = parsed.GetValue(_memory),
                Gpu = parsed.GetValue(_gpu) ?? new SlurmRequest().Gpu,
                ExtraArguments = parsed.GetValue(_more) ?? [],
            },
            parsed.GetValue(_jobs) ?? 100,
            parsed.GetValue(_variables) ?? []);
    }

    private IEnumerable<Option> Options =>
        [_launcher, _partition, _account, _qos, _time, _memory, _gpu, _jobs, _more, _variables];

    private static Option<string?> TextOption(string name, string description) =>
        new($"--slurm-{name}") { Description = description };
}
