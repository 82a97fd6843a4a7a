using System.Runtime.InteropServices;
using System.Text;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;

namespace ScalingLab.Worker.Attempts;

/// <summary>
/// The message channel. File descriptor 1 is duplicated for the protocol and then pointed at standard error, before
/// libtorch is loaded: whatever a native library prints lands in the log and can never break a message.
/// </summary>
internal sealed partial class MessageChannel : IDisposable
{
    private readonly StreamWriter _writer;
    private readonly Lock _turn = new();

    private MessageChannel(Stream stream) =>
        _writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };

    /// <summary>Moves standard output out of the way and returns the protocol's channel.</summary>
    public static MessageChannel TakeOverStandardOutput()
    {
        var output = Console.OpenStandardOutput(); // a duplicate of descriptor 1, which stays with us
        // On Windows a handle is no number that could be pointed elsewhere: there the native libraries' output stays
        // where it is.
        if (!OperatingSystem.IsWindows() && Dup2(2, 1) < 0)
            throw new IOException($"cannot redirect standard output: error {Marshal.GetLastPInvokeError()}");
        return new MessageChannel(output);
    }

    public void WriteLine(string json)
    {
        lock (_turn) _writer.WriteLine(json);
    }

    public void Send(WorkerMessage message) => WriteLine(RunJson.Serialize(message));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int from, int to);
}
