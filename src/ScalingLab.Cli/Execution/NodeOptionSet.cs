using System.CommandLine;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Execution;

/// <summary>What a person says of the node that <c>lab serve</c> and <c>lab node</c> are.</summary>
internal sealed class NodeOptionSet
{
    private readonly Option<string?> _name =
        new("--name") { Description = "What the node is called; the machine's name unless given" };
    private readonly Option<int?> _slots = RunOptions.PositiveInteger(
        "--slots", "Workers at a time on each device; on a processor as many as cores over --threads, on a GPU "
            + $"{DeviceSelection.GpuSlots}; as far as memory allows");
    private readonly Option<int?> _threads =
        RunOptions.PositiveInteger("--threads", "CPU threads of each worker of sweeps that do not say; 1 unless given");
    private readonly Option<string?> _devices = new("--devices")
    {
        Description = "What it offers, e.g. cpu or cuda:0,cuda:1; its GPUs, or where there is none its processor",
    };

    private readonly Option<string?> _state = new("--state")
    {
        Description =
            $"Folder of data, checkpoints and logs, ${LabHome.Variable} unless given; on a disk that nodes share, runs "
                + "that move go on "
            + "from their checkpoints",
    };

    private readonly Option<string?> _notify = NotifyOption.Create();
    private readonly Option<string?> _otlp = OtlpOption.Create();
    private readonly Option<string> _engine = EngineOption.Create();
    private readonly SlurmOptionSet _slurm = new();

    public void AddTo(Command command)
    {
        Option[] options = [_name, _slots, _threads, _devices, _engine, _state, _notify, _otlp];
        foreach (var option in options) command.Add(option);
        _slurm.AddTo(command);
    }

    /// <exception cref="InputException">What was asked of the devices here and of Slurm does not go
    /// together.</exception>
    public NodeRequest Bind(ParseResult parsed)
    {
        var slurm = _slurm.Bind(parsed);
        var local =
            new Option[]
            { _slots, _devices }.Where(o => slurm is not null && parsed.GetResult(o) is { Implicit: false }).ToList();
        if (local.Count > 0)
            throw new InputException([.. local.Select(o => new Problem(o.Name, "is for workers on this machine; Slurm "
                + "chooses where its jobs run"))]);
        return new NodeRequest(
            parsed.GetValue(_name), parsed.GetValue(_slots), parsed.GetValue(_threads), parsed.GetValue(_devices),
            parsed.GetValue(_state), EnumNames.Find<TensorEngine>(parsed.GetValue(_engine)!), slurm)
        {
            Notify = NotifyOption.Parse(parsed.GetValue(_notify)),
            Otlp = OtlpOption.Parse(parsed.GetValue(_otlp)),
        };
    }

    /// <summary>What was asked for that only a node does, as problems of a command that is none.</summary>
    public IReadOnlyList<Problem> NodeOnlyProblems(ParseResult parsed) =>
        [.. new[] { _notify, _otlp }.Where(o => parsed.GetValue(o) is not null).Select(o => new Problem(
            o.Name, "is done by a node, and --page-only is none: give it to the nodes of the ledger"))];
}
