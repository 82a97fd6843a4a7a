using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Performance;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Benchmarks;

/// <summary>
/// Times the parts of runs of small shapes on this machine's processor and makes a model of their times: by as many
/// workers at once as runs will have, since these slow each other.
/// </summary>
/// <param name="Screen">Says how far it is.</param>
/// <param name="Home">Whose worker trains.</param>
/// <param name="Precisions">Number formats.</param>
/// <param name="Count">How many shapes, the narrowest first.</param>
internal sealed record ProcessorMeasurement(Screen Screen, LabHome Home, IReadOnlyList<Precision> Precisions,
    int Count)
{
    /// <summary>How many shapes there are.</summary>
    public static int MostShapes => Shapes.Length;

    private const int MostSteps = 1_000_000; // the worker ends by the clock
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    // Layers, width, heads, vocabulary, context, sequences: each part of a step is large in some and small in others. A
    // single short sequence is what the size rule gives micro models.
    private static readonly (int, int, int, int, int, int)[] Shapes =
    [
        (2, 8, 1, 1024, 64, 16), (2, 12, 1, 512, 64, 1), (2, 16, 2, 4096, 128, 8), (2, 28, 1, 512, 256, 16),
        (2, 40, 5, 2048, 64, 64), (3, 48, 4, 2048, 64, 1), (3, 56, 7, 512, 512, 4), (4, 72, 9, 1024, 128, 16),
        (3, 72, 2, 8192, 128, 8), (6, 72, 6, 256, 256, 8), (4, 104, 4, 1024, 64, 1), (3, 112, 14, 512, 256, 4),
        (4, 144, 6, 2048, 128, 16), (2, 224, 7, 256, 512, 2), (6, 176, 11, 1024, 64, 8), (3, 288, 9, 4096, 256, 1),
        (6, 224, 7, 512, 128, 2), (2, 416, 13, 256, 64, 4), (4, 416, 13, 1024, 256, 1),
    ];

    /// <summary>The models, one for each load and number format.</summary>
    /// <exception cref="InputException">A worker did not end well; in its words.</exception>
    public async Task<IReadOnlyList<ProcessorModel>> RunAsync(IReadOnlyList<ProcessorLoad> loads,
        CancellationToken stop)
    {
        var models = new List<ProcessorModel>();
        foreach (var (load, precision) in loads.SelectMany(load => Precisions.Select(one => (load, one))))
        {
            Screen.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"lab: timing {Count} shapes, "
                + $"{EnumNames.ToName(precision)}, threads {load.Threads}, workers at once {load.Workers} ..."));
            var workers = await Task.WhenAll(Enumerable.Range(0, load.Workers)
                .Select(worker => TimeAsync(worker, load, precision, stop)));
            models.Add(ProcessorCalibrator.Calibrate([.. workers.SelectMany(runs => runs)], load,
                TimeProvider.System.GetUtcNow()));
        }

        return models;
    }

    private async Task<IReadOnlyList<TimedRun>> TimeAsync(int number, ProcessorLoad load, Precision precision,
        CancellationToken stop)
    {
        var worker = WorkerPrograms.Find(Home).WithThreads(load.Threads);
        var folder = Path.Combine(Home.State, "checkpoints", $"bench-{Environment.ProcessId}-{number}");
        try
        {
            var orders = Orders(number, load, precision, folder);
            var answer = await ProcessResult.RunAsync(worker.FileName, [.. worker.Arguments, "--parts"],
                worker.Environment, Limit, stop, string.Join('\n', orders.Select(RunJson.Serialize)));
            if (answer is not { ExitCode: 0 })
                throw new InputException("worker", answer?.Error.Trim() ?? $"{worker.FileName} cannot be started");
            return [.. orders.Zip(answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                (order, line) => new TimedRun(order.Spec, order.Settings.MicroBatchTokens,
                    RunJson.Deserialize<ShapeTiming>(line)))];
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    // Every other worker begins at the other end, so that shapes meet others than themselves; the first is timed again,
    // since a process's first run takes longer.
    private List<WorkOrder> Orders(int number, ProcessorLoad load, Precision precision, string folder)
    {
        var shapes = Shapes.Take(Count).ToList();
        if (number % 2 == 1) shapes.Reverse();
        return [.. shapes.Append(shapes[0]).Select((one, at) => Order(one, load, precision,
            Path.Combine(folder, at.ToString(CultureInfo.InvariantCulture))))];
    }

    private static WorkOrder Order((int, int, int, int, int, int) one, ProcessorLoad load, Precision precision,
        string folder)
    {
        var (layers, width, heads, vocabulary, context, sequences) = one;
        var shape = new ModelShape
        {
            Layers = layers, Width = width, Heads = heads, Vocabulary = vocabulary, Context = context,
        };
        return new WorkOrder(new BenchCase("", shape, sequences).Spec(precision, MostSteps), new WorkerSettings
        {
            DataFolder = "", CheckpointFolder = folder, Threads = load.Threads,
        });
    }
}
