using System.Diagnostics;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Torch;

namespace ScalingLab.Training.Tests;

/// <summary>The real worker program, driven over its real pipes.</summary>
public sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>The worker's program: of the engine that these tests are built over.</summary>
    private static readonly string Program = Kernels.name == "fused" ? "ScalingLab.Worker"
        : "ScalingLab.Worker.TorchSharp";

    public static string BuiltFolder { get; } = Path.Combine(AppContext.BaseDirectory, "..", "..", Program, "release");

    /// <param name="firstLine">Its order.</param>
    /// <param name="folder">Where the program is; null is where it was built.</param>
    /// <param name="shell">Whether a shell is its parent, which is what <see cref="Kill"/> then kills.</param>
    public WorkerProcess(string firstLine, string? folder = null, bool shell = false)
    {
        string[] worker = ["dotnet", Path.Combine(folder ?? BuiltFolder, Program + ".dll")];
        string[] line = shell ? ["bash", "-c", "exec 3<&0; \"$@\" <&3 3<&- & exec <&- 3<&-; wait", "bash", .. worker]
            : worker;
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        Send(firstLine);
    }

    /// <summary>Another order.</summary>
    public void Send(string line) => _process.StandardInput.WriteLine(line);

    public WorkerMessage? Next() =>
        _process.StandardOutput.ReadLine() is { } line ? RunJson.Deserialize<WorkerMessage>(line) : null;

    /// <summary>What it says of its run; after that it is wanted no more.</summary>
    public List<WorkerMessage> Rest()
    {
        var all = new List<WorkerMessage>();
        while (Next() is { } message && message is not WorkerMessage.Ready) all.Add(message);
        CloseInput();
        return all;
    }

    /// <summary>What it says of its run until it is ready for another.</summary>
    public List<WorkerMessage> UntilReady()
    {
        var all = new List<WorkerMessage>();
        while (Next() is { } message)
        {
            if (message is WorkerMessage.Ready) return all;
            all.Add(message);
        }

        throw new InvalidOperationException($"the worker ended before it was ready: {_errors.Result}");
    }

    public T NextOf<T>(Func<T, bool>? where = null)
        where T : WorkerMessage
    {
        while (Next() is { } message)
        {
            if (message is T wanted && (where is null || where(wanted))) return wanted;
        }

        throw new InvalidOperationException($"the worker ended before it said {typeof(T).Name}: {_errors.Result}");
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Signal(string name) => Signal(name, _process.Id);

    public static void Signal(string name, int process) =>
        Process.Start("kill", [$"-{name}", $"{process}"]).WaitForExit();

    /// <summary>The processes that it started and that still run.</summary>
    public IReadOnlyList<int> Children() => [.. Directory.GetDirectories($"/proc/{_process.Id}/task")
        .SelectMany(thread =>
            File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(int.Parse)];

    public void Kill() => _process.Kill();

    public (int Code, string Errors) End()
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(60)), "the worker ends");
        return (_process.ExitCode, _errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
