using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>What a finished <c>lab</c> said.</summary>
internal sealed record LabAnswer(int ExitCode, string Out, string Error)
{
    /// <summary>The problems that were listed, without their indent.</summary>
    public IReadOnlyList<string> Problems =>
        [.. Error.Split('\n').Where(l => l.StartsWith("  ", StringComparison.Ordinal)).Select(l => l.Trim())];

    public override string ToString() => $"exit code {ExitCode}\n--- out\n{Out}\n--- error\n{Error}";
}

/// <summary>A folder of one's own with a ledger of its own, in which the real <c>lab</c> is run as a process.</summary>
internal sealed class Lab : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The repository.</summary>

    // By its full path, so that a test may take the PATH away.
    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>The program, as built.</summary>
    public static string Program { get; } = Repository.At("artifacts/bin/ScalingLab.Cli/release/lab.dll");

    /// <summary>The worker's folder, as built.</summary>
    public static string WorkerFolder { get; } = Repository.At("artifacts/bin/ScalingLab.Worker/release");

    public string Folder { get; } = Directory.CreateTempSubdirectory("scalinglab-").FullName;

    /// <summary>Variables beside those of the test process; null takes one away.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["SCALINGLAB_WORKER"] = null, ["SCALINGLAB_LEDGER"] = null, ["SCALINGLAB_TOKEN"] = null,
    };

    /// <summary>What is to start <c>lab</c>, as another user say; nothing: the test itself.</summary>
    public IReadOnlyList<string> Starter { get; init; } = [];

    public string Out => At("out");

    public string At(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>
    /// Twenty-four documents of made-up sentences, the same every time: about 80 kB, with words to learn.
    /// </summary>
    public void WriteText()
    {
        var words =
            "the model learns a power law of loss over tokens and width grows slowly when compute is small".Split(' ');
        var random = new Random(1);
        for (var document = 0; document < 24; document++)
        {
            var sentences = Enumerable.Range(0, 80)
                .Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[random.Next(words.Length)]))
                    + ".");
            Write($"text/{document}.txt", string.Join('\n', sentences));
        }
    }

    /// <summary>Runs <c>lab</c> to its end.</summary>
    public async Task<LabAnswer> RunAsync(params string[] arguments) => await Start(arguments).EndAsync(Limit);

    /// <summary>Starts <c>lab</c> and leaves it running.</summary>
    public RunningLab Start(params string[] arguments) => new(Process.Start(Call(arguments))!);

    /// <summary>A call of <c>lab</c>, for who starts it otherwise.</summary>
    public ProcessStartInfo Call(params string[] arguments)
    {
        string[] words = [.. Starter, Dotnet, Program, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment["SCALINGLAB_HOME"] = At("home");
        foreach (var (name, value) in Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        return start;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>A <c>lab</c> that is running.</summary>
internal sealed class RunningLab
{
    public const int Terminate = 15;
    public const int KillAtOnce = 9;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _out = new();
    private readonly ConcurrentQueue<string> _error = new();

    public RunningLab(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => _out.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => _error.Enqueue(e.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The workers that it has started.</summary>
    public IReadOnlyList<int> Workers() => Children(_process.Id);

    /// <summary>The processes that a process has started and that still run.</summary>
    public static IReadOnlyList<int> Children(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(t =>
                    File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(int.Parse)];
        }
        catch (IOException)
        {
            return []; // a thread, or the process, ended meanwhile
        }
    }

    /// <summary>Whether a process runs; one that only waits to be collected does not.</summary>
    public static bool Lives(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    /// <summary>What it has said so far, on both.</summary>
    public string Said() => string.Join('\n', _out.Concat(_error));

    /// <summary>Whether it has said so on standard output.</summary>
    public bool HasSaid(string text) => _out.Any(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>Whether it has said so on standard error.</summary>
    public bool HasComplained(string text) => _error.Any(l => l.Contains(text, StringComparison.Ordinal));

    public void Signal(int signal) => Signal(_process.Id, signal);

    public static void Signal(int process, int signal) => Assert.Equal(0, Kill(process, signal));

    /// <summary>Waits until something is so.</summary>
    public async Task UntilAsync(Func<bool> so, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!so())
        {
            Assert.False(_process.HasExited, $"lab ended before {what}:\n{Said()}");
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2),
                $"waited in vain for {what}:\n{Said()}");
            await Task.Delay(20);
        }
    }

    /// <summary>Ends it at once, with all that it has started, should it still run.</summary>
    public void End()
    {
        try
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // Ended and collected before.
        }
    }

    public async Task<LabAnswer> EndAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"lab did not end within {limit}:\n{Said()}");
        }

        using (_process) return new LabAnswer(_process.ExitCode, string.Join('\n', _out), string.Join('\n', _error));
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
