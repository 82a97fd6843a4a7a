using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Memory;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Training.Parallel;

namespace ScalingLab.Worker.Attempts;

/// <summary>What the worker tells the process of another rank: one line of JSON on its standard input.</summary>
/// <param name="Order">The run.</param>
/// <param name="Rank">1 or more.</param>
/// <param name="Pipe">Leads to rank 0.</param>
/// <param name="Benchmark">Whether steps on random tokens are made until nobody wants more, and no data are
/// read.</param>
internal sealed record RankOrder(WorkOrder Order, int Rank, string Pipe, bool Benchmark = false);

/// <summary>
/// The other processes of a run that several GPUs train, started and watched by the worker, which is rank 0. They hold
/// nothing that it has not, so to end them is to close their standard input, which they do not survive: nor do they
/// survive its end. Where one ends first, the attempt is over: the worker may wait for it in a library, and so is ended
/// too.
/// </summary>
internal sealed class RankProcesses : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Action<WorkerMessage.Failed> _onFailure;
    private readonly List<Process> _others = [];
    private bool _isStopped;

    private RankProcesses(Action<WorkerMessage.Failed> lastWord) => _onFailure = lastWord;

    /// <summary>The processes, joined; null where there is but one.</summary>
    public ProcessGroup? Group { get; private set; }

    /// <summary>Starts the others of an order and joins them.</summary>
    /// <param name="order">Its settings say how many.</param>
    /// <param name="benchmark">Whether they make steps on random tokens.</param>
    /// <param name="lastWord">Told of one that ended first, after which this process is ended.</param>
    /// <exception cref="InputException">The worker does not see as many GPUs.</exception>
    public static RankProcesses Start(WorkOrder order, bool benchmark, Action<WorkerMessage.Failed> lastWord)
    {
        var ranks = new RankProcesses(lastWord);
        var gpus = order.Settings.Gpus;
        if (gpus == 1) return ranks;
        try
        {
            ranks.StartOthers(order, benchmark, Devices(order.Settings));
            return ranks;
        }
        catch
        {
            ranks.Dispose();
            throw;
        }
    }

    /// <summary>Waits a while for the end that the loss of a rank brings.</summary>
    public void AwaitTermination()
    {
        if (Group is null) return;
        using var never = new ManualResetEventSlim();
        never.Wait(EndPatience);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) _isStopped = true;
        foreach (var other in _others) Close(other);
        foreach (var other in _others)
        {
            if (!other.WaitForExit(EndPatience)) Kill(other);
            other.Dispose();
        }

        Group?.Dispose();
    }

    /// <summary>What each rank may see of the machine's GPUs, its own first; null on a processor.</summary>
    private static IReadOnlyList<string>? Devices(WorkerSettings settings)
    {
        if (!KernelPath.IsGpu(settings)) return null;
        var seen = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")
            ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? [.. Enumerable.Range(0, settings.Gpus).Select(i => FormattableString.Invariant($"{i}"))];
        if (seen.Length < settings.Gpus)
            throw new InputException("settings.gpus",
                FormattableString.Invariant($"is {settings.Gpus}, but the worker sees {seen.Length}"));
        var ours = seen[..settings.Gpus];
        return [.. Enumerable.Range(0, ours.Length)
            .Select(rank => string.Join(',', [.. ours[rank..], .. ours[..rank]]))];
    }

    private void StartOthers(WorkOrder order, bool benchmark, IReadOnlyList<string>? devices)
    {
        var name = $"lab-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";
        var others = order.Settings.Gpus - 1;
        var pipes = Enumerable.Range(0, others).Select(_ => new NamedPipeServerStream(
            name, PipeDirection.InOut, others, PipeTransmissionMode.Byte, PipeOptions.CurrentUserOnly)).ToList();
        var joined = new Stream?[others];
        try
        {
            for (var rank = 1; rank <= others; rank++)
                StartOne(new RankOrder(order, rank, name, benchmark), devices?[rank]);
            foreach (var pipe in pipes)
            {
                pipe.WaitForConnection();
                joined[pipe.ReadByte() - 1] = pipe; // each says who it is
            }
        }
        catch
        {
            pipes.ForEach(p => p.Dispose());
            throw;
        }

        Group = ProcessGroup.Leading([.. joined.OfType<Stream>()]);
    }

    private void StartOne(RankOrder order, string? devices)
    {
        // A host of its own, or dotnet with this program.
        var host = Environment.ProcessPath
            ?? throw new InvalidOperationException("this process has no program that could be started again");
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? ["exec", Environment.GetCommandLineArgs()[0]] : [];
        var start =
            new ProcessStartInfo(host, [.. program, "--rank"])
            { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (devices is not null) start.Environment["CUDA_VISIBLE_DEVICES"] = devices;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{host} did not start");
        _others.Add(process);
        try
        {
            process.StandardInput.WriteLine(RunJson.Serialize(order));
            process.StandardInput.Flush();
        }
        catch (IOException e)
        {
            throw new PeerLostException(order.Rank, e);
        }

        new Thread(() => Watch(order.Rank, process)) { IsBackground = true, Name = $"rank {order.Rank}" }.Start();
    }

    private void Watch(int rank, Process process)
    {
        WorkerMessage.Failed? said = null;
        try
        {
            while (BoundedLines.ReadLine(process.StandardOutput, Order.MaxLength) is { } line)
                said = RunJson.Deserialize<WorkerMessage>(line) as WorkerMessage.Failed;
            process.WaitForExit();
            OnRankLost(rank, said
                ?? new WorkerMessage.Failed(FailureKind.Crashed,
                    FormattableString.Invariant($"it ended with exit code {process.ExitCode}")));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException)
        {
            OnRankLost(rank, new WorkerMessage.Failed(FailureKind.Crashed, $"it cannot be understood: {e.Message}"));
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // It was ended with the run.
        }
    }

    private void OnRankLost(int rank, WorkerMessage.Failed failed)
    {
        lock (_gate)
        {
            if (_isStopped) return;
            _isStopped = true;
            try
            {
                _onFailure(failed with
                    { Message = FormattableString.Invariant($"rank {rank} of {_others.Count + 1}: {failed.Message}") });
            }
            finally
            {
                _others.ForEach(Kill);
                using var itself = Process.GetCurrentProcess();
                itself.Kill(); // it may wait for that rank in a library, for ever
            }
        }
    }

    private static void Close(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It is gone.
        }
    }
}
