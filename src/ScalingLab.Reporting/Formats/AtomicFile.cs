using System.Text;

namespace ScalingLab.Reporting.Formats;

/// <summary>
/// Files that are there whole or not at all: written beside their place under a temporary name, then renamed.
/// </summary>
internal static class AtomicFile
{
    /// <summary>UTF-8 without a byte-order mark.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Written as it is made: a table of a million points is never whole in memory.</summary>
    public static Task WriteAsync(string path, Action<TextWriter> write, CancellationToken stop) =>
        ReplaceAsync(path, async temporary =>
    {
        await using var text =
            new StreamWriter(temporary, Utf8,
                new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write })
        {
            NewLine = "\n",
        };
        write(text);
        stop.ThrowIfCancellationRequested();
    });

    public static Task WriteAsync(string path, string text, CancellationToken stop) =>
        WriteAsync(path, Utf8.GetBytes(text), stop);

    public static Task WriteAsync(string path, byte[] bytes, CancellationToken stop) =>
        ReplaceAsync(path, temporary => File.WriteAllBytesAsync(temporary, bytes, stop));

    private static async Task ReplaceAsync(string path, Func<string, Task> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            await write(temporary).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
