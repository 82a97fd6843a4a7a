using System.Text;

namespace ScalingLab.Reporting;

/// <summary>Files that are there whole or not at all: written beside their place under a temporary name, then renamed.</summary>
internal static class WholeFile
{
    /// <summary>UTF-8 without a byte-order mark.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static Task WriteAsync(string path, Action<TextWriter> write, CancellationToken stop)
    {
        using var text = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        write(text);
        return WriteAsync(path, text.ToString(), stop);
    }

    public static Task WriteAsync(string path, string text, CancellationToken stop) => WriteAsync(path, Utf8.GetBytes(text), stop);

    public static async Task WriteAsync(string path, byte[] bytes, CancellationToken stop)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            await File.WriteAllBytesAsync(temporary, bytes, stop).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
