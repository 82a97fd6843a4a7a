using System.Globalization;
using ScalingLab.DummyWorker;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

// A worker that speaks the real protocol and trains nothing: it shows the host every way in which a worker can behave.
// See Script for the ways.
using var inbox = new Inbox();
while (true)
{
    var order = inbox.Next() is { Length: > 0 } line ? RunJson.Deserialize<WorkOrder>(line) : null;
    if (order is null) return 0; // stdin closed before an order: nobody wants it any more
    if (Carry(order, inbox.Ended) is { } exit) return exit;
    Say(new WorkerMessage.Ready());
}

static int? Carry(WorkOrder order, ManualResetEventSlim stopped)
{
    var folder = Directory.CreateDirectory(order.Settings.CheckpointFolder).FullName;
    FileStream only;
    try
    {
        only = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
            FileShare.None);
    }
    catch (IOException)
    {
        File.WriteAllText(Path.Combine(folder, "two-writers"), "");
        Say(new WorkerMessage.Failed(FailureKind.Configuration, "another worker holds the checkpoint folder"));
        return 1;
    }

    using (only)
    {
        var startsFile = Path.Combine(folder, "starts");
        var attempt = File.Exists(startsFile) ? File.ReadAllLines(startsFile).Length + 1 : 1;
        var (threads, visible) =
            (Environment.GetEnvironmentVariable("OMP_NUM_THREADS"),
                Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));
        File.AppendAllText(startsFile, string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessId} {order.Settings.Threads} {order.Settings.MicroBatchTokens} {threads} "
                + $"{order.Settings.Device} {visible}"
            + $" {order.Settings.Gpus}\n"));
        return Play(Script.Of(order.Spec.Seed, attempt));
    }

    int? Play(string behaviour)
    {
        var spec = order.Spec;
        var checkpoint = Path.Combine(folder, "checkpoint");
        var first = File.Exists(checkpoint) ? long.Parse(File.ReadAllText(checkpoint), CultureInfo.InvariantCulture)
            : 0;
        Console.Error.WriteLine($"dummy worker, seed {spec.Seed}: {behaviour}");
        Say(new WorkerMessage.Started(first, "dummy", order.Settings.Threads, ParameterCount.For(spec.Shape).Total,
            "dummy"));
        for (var step = 1L; step <= first; step++) Say(new WorkerMessage.Measured(Point(step)));

        for (var step = first + 1; step <= spec.Steps; step++)
        {
            if (stopped.Wait(Script.StepTime))
            {
                Say(new WorkerMessage.Failed(FailureKind.Interrupted, "asked to stop", step - 1));
                return 0;
            }
            if (step == Math.Max(1, spec.Steps / 2) && Misbehave(behaviour, step) is { } exit) return exit;
            Say(new WorkerMessage.Measured(Point(step)));
            Say(new WorkerMessage.Progress(step, spec.Steps, Loss(step), 1e6));
            File.WriteAllText(checkpoint + ".new", step.ToString(CultureInfo.InvariantCulture));
            File.Move(checkpoint + ".new", checkpoint, overwrite: true);
            Say(new WorkerMessage.CheckpointSaved(step));
        }

        if (behaviour == "dies when asked" && order.Settings.Tasks is { Count: > 0 }) Environment.Exit(70);
        Say(new WorkerMessage.Completed(new RunResult
        {
            LossValidation = Loss(spec.Steps),
            BitsPerByte = Loss(spec.Steps) / Math.Log(2),
            EvaluationTokens = spec.Recipe.EvaluationTokens,
            Epochs = 1,
            WallSeconds = 0.5,
            TokensPerSecond = 1e6,
            Device = "dummy",
            Threads = order.Settings.Threads,
        }));
        switch (behaviour)
        {
            case "linger":
                new ManualResetEventSlim().Wait();
                return 0;
            case "once": // and ends, as it always may
                return 0;
            case "afterthought": // says more than that it is ready
                Say(new WorkerMessage.Ready());
                Say(new WorkerMessage.CheckpointSaved(spec.Steps));
                stopped.Wait();
                return 0;
            case "ready and gone": // before another order
                Say(new WorkerMessage.Ready());
                return 0;
            default:
                return null; // ready for another
        }

        MetricPoint Point(long step) =>
            new(step, step * spec.BatchTokens, Loss(step), step == spec.Steps ? Loss(step) : null, 0.01, 1);

        double Loss(long step) => 3 + (spec.Seed / 100.0) + (5.0 / (1 + step));
    }

    int? Misbehave(string behaviour, long step)
    {
        switch (behaviour)
        {
            case "crash":
                Console.Error.WriteLine("about to crash");
                Console.Error.Flush();
                Environment.Exit(70);
                return 70;
            case "hang": // listens, says nothing
                stopped.Wait();
                Say(new WorkerMessage.Failed(FailureKind.Interrupted, "asked to stop", step));
                return 0;
            case "deaf": // hears nothing, says nothing
                new ManualResetEventSlim().Wait();
                return 0;
            case "diverge":
                Say(new WorkerMessage.Failed(FailureKind.Diverged, "the loss became NaN", step));
                return 0;
            case "configuration":
                Say(new WorkerMessage.Failed(FailureKind.Configuration, "no such shape", step));
                return 0;
            case "disk-full":
                Say(new WorkerMessage.Failed(FailureKind.Environment,
                    $"No space left on device : '{folder}/checkpoint'", step));
                return 0;
            case "terminated": // by a SIGTERM that it does not listen to
                using (var kill =
                    System.Diagnostics.Process.Start("kill",
                        ["-TERM", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]))
                    kill.WaitForExit();
                new ManualResetEventSlim().Wait();
                return 0;
            case "out-of-memory":
                Say(new WorkerMessage.Failed(FailureKind.OutOfMemory, "16 GiB wanted", step));
                return 0;
            case "nonsense": // some, and then on as if nothing were
                Console.Out.WriteLine("loss is 3.14 I think");
                Console.Out.WriteLine("{\"type\":\"praise\",\"text\":\"well done\"}");
                Console.Out.WriteLine("{\"type\":\"progress\",\"step\":1e99}");
                Console.Out.WriteLine(
                    "{\"type\":\"progress\",\"step\":1,\"steps\":2,\"loss\":1e999,\"tokensPerSecond\":1}");
                Console.Out.WriteLine(new string('x', 3_000_000));
                return null;
            case "endless": // a line without an end
                var block = new string('x', 1_000_000);
                while (!stopped.IsSet) Console.Out.Write(block);
                return 0;
            case "babble": // nothing but nonsense, for ever
                while (!stopped.IsSet) Console.Out.WriteLine("blah");
                return 0;
            default: // "complete", "linger"
                return null;
        }
    }
}

static void Say(WorkerMessage message)
{
    Console.Out.WriteLine(RunJson.Serialize(message));
    Console.Out.Flush();
}
