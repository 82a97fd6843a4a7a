using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ScalingLab.Data;
using ScalingLab.Data.Datasets;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training;
using ScalingLab.Training.Parallel;
using ScalingLab.Training.Steps;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Worker.Attempts;

/// <summary>
/// Attempts at runs, one after the other: each has an order, trains, and ends with a last word whatever happens.
/// </summary>
internal static class Attempt
{
    // A step of minutes, a driver that hangs: a worker that is alone and does not come to its end must not keep the
    // device from others.
    private static readonly TimeSpan OrphanLimit = TimeSpan.FromSeconds(9);

    /// <summary>
    /// Carries out the order on <paramref name="input"/> and, as long as runs complete, the orders after it. The
    /// input's end asks to stop: a run writes a checkpoint and ends.
    /// </summary>
    /// <returns>Of the last run: 0 completed, 1 failed, 2 an order that cannot be carried out, 3 interrupted.</returns>
    public static int Run(TextReader input, MessageChannel protocol)
    {
        using var orders = new OrderReader(input);
        ExitIfOrphaned(orders, Parent());

        // Ctrl-C at a terminal reaches the whole process group: stopping is the host's to ask. A scheduler's SIGTERM
        // asks directly.
        using var terminated = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(orders.Ended, terminated.Token);
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var asked = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            terminated.Cancel();
        });
        while (true)
        {
            var lastWord = RunNext(orders, protocol, stop.Token, out var onlyOne);
            protocol.Send(lastWord);
            if (lastWord is not WorkerMessage.Completed) return ExitCode(lastWord);
            // What a run leaves on a GPU (captured steps, chosen products) goes with its process; to start another is
            // little beside a run there.
            if (onlyOne || stop.IsCancellationRequested) return 0;
            MachineInfo.ResetForNextRun();
            protocol.Send(new WorkerMessage.Ready());
            if (!orders.WaitForNext(terminated.Token)) return 0;
        }
    }

    private static int ExitCode(WorkerMessage lastWord) => lastWord switch
    {
        WorkerMessage.Failed { Kind: FailureKind.Interrupted } => 3,
        WorkerMessage.Failed { Kind: FailureKind.Configuration or FailureKind.Data or FailureKind.Environment } => 2,
        _ => 1,
    };

    private static WorkerMessage RunNext(OrderReader orders, MessageChannel protocol, CancellationToken stop,
        out bool onlyOne)
    {
        onlyOne = false;
        try
        {
            var order = Order.Parse<WorkOrder>(orders.Next());
            onlyOne = order.Settings.Device != "cpu" || order.Settings.Gpus > 1;
            Check(order.Spec);
            Check(order.Settings);
            var data = PreparedData.Load(order.Spec.Data, order.Settings.DataFolder);
            Check(order.Spec, data);
            var result = Train(order, data, protocol, stop);
            return new WorkerMessage.Completed(AttemptScoring.AddTo(result, order, protocol.Send, stop));
        }
        catch (Exception e) // the last word must be said
        {
            return FailureMessage(e);
        }
    }

    private static RunResult Train(WorkOrder order, PreparedData data, MessageChannel protocol, CancellationToken stop)
    {
        using var ranks = RankProcesses.Start(order, benchmark: false, protocol.Send);
        try
        {
            using var loop = new TrainingLoop(order, data, protocol.Send, ranks.Group);
            return loop.Train(stop);
        }
        catch (PeerLostException)
        {
            ranks.AwaitTermination();
            throw;
        }
    }

    /// <summary>How a run that ended with that ended; what is not expected goes to the log whole.</summary>
    internal static WorkerMessage.Failed FailureMessage(Exception e)
    {
        if (e is OperationCanceledException)
            return new(FailureKind.Interrupted, "asked to stop; the checkpoint stands");
        if (e is DivergedException diverged) return new(FailureKind.Diverged, e.Message, diverged.Step);
        Console.Error.WriteLine(e);
        // a crash with a message
        return KindOf(e) is { } kind ? new(kind, e.Message)
            : new(FailureKind.Crashed, $"{e.GetType().Name}: {e.Message}");
    }

    private static FailureKind? KindOf(Exception e) => e switch
    {
        _ when TorchErrors.IsOutOfMemory(e) => FailureKind.OutOfMemory,
        _ when TorchErrors.IsMissing(e) => FailureKind.Environment,
        PeerLostException => FailureKind.Crashed,
        IOException or UnauthorizedAccessException => FailureKind.Environment,
        DataException => FailureKind.Data,
        JsonException or InputException => FailureKind.Configuration,
        _ => null,
    };

    /// <exception cref="InputException">The spec is none that this build trains: every problem.</exception>
    internal static void Check(RunSpec spec)
    {
        var problems = spec.Shape.Problems().Select(p => new Problem($"shape.{p.Field}", p.Problem)).ToList();
        problems.AddRange((spec.Data.Teacher?.Problems() ?? [])
            .Select(p => new Problem($"data.teacher.{p.Field}", p.Problem)));
        if (spec.Steps < 1) problems.Add(new Problem("steps", $"is {spec.Steps}; a run has at least 1 step"));
        if (spec.Recipe.BatchSequences < 1)
            problems.Add(new Problem("recipe.batchSequences", $"is {spec.Recipe.BatchSequences}; at least 1"));
        if (spec.NumericsVersion != RunSpec.CurrentNumericsVersion)
            problems.Add(new Problem("numericsVersion", $"is {spec.NumericsVersion}; this build trains version "
                + $"{RunSpec.CurrentNumericsVersion}"));
        if (problems.Count > 0) throw new InputException(problems);
    }

    /// <exception cref="InputException">No number of GPUs.</exception>
    internal static void Check(WorkerSettings settings)
    {
        if (settings.Gpus is < 1 or > byte.MaxValue)
            throw new InputException("settings.gpus", $"is {settings.Gpus}; 1 to {byte.MaxValue} is expected");
    }

    private static void Check(RunSpec spec, PreparedData data)
    {
        var problems = new List<string>();
        if (data.CorpusHash != spec.Data.CorpusHash)
            problems.Add($"{data.Folder} holds corpus {data.CorpusHash}, the run reads {spec.Data.CorpusHash}");
        if (data.TokenizerHash != spec.Data.TokenizerHash)
            problems.Add($"{data.Folder} holds tokenizer {data.TokenizerHash}, the run reads "
                + $"{spec.Data.TokenizerHash}");
        if (data.Vocabulary != spec.Shape.Vocabulary)
            problems.Add($"the tokenizer has {data.Vocabulary} tokens, the model {spec.Shape.Vocabulary}");
        if (problems.Count > 0) throw new DataException(problems);
    }

    /// <summary>
    /// The parent keeps the worker's input open: its end means "stop", or that the parent is gone. A parent that lives
    /// kills whoever does not stop; one that is gone cannot.
    /// </summary>
    private static void ExitIfOrphaned(OrderReader orders, string? parent) =>
        orders.Ended.Register(() => new Thread(() =>
    {
        using var never = new ManualResetEventSlim();
        never.Wait(OrphanLimit);
        if (Parent() == parent) return;
        using var itself = Process.GetCurrentProcess();
        itself.Kill(); // an orderly exit would wait for what hangs
    }) { IsBackground = true, Name = "orphan" }.Start());

    /// <summary>The parent's process id; null where the system does not tell.</summary>
    private static string? Parent() => File.Exists("/proc/self/status")
        ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("PPid:", StringComparison.Ordinal))
        : null;
}
