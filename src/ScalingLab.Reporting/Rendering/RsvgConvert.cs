using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ScalingLab.Reporting;

/// <summary>librsvg's rsvg-convert: SVG to PDF and PNG.</summary>
internal static class RsvgConvert
{
    /// <summary>What brings it.</summary>
    public const string Mend = "apt-get install -y librsvg2-bin fonts-dejavu-core";

    /// <summary>Pixels a CSS pixel: 96 of those an inch, so 300 dots an inch.</summary>
    private const double PngZoom = 300.0 / 96;

    /// <summary>Vector PDF; the same SVG gives the same bytes.</summary>
    public static Task<byte[]> PdfAsync(string svg, CancellationToken stop) => RunAsync(svg, ["--format", "pdf"], stop);

    /// <summary>PNG of 300 dots an inch.</summary>
    public static Task<byte[]> PngAsync(string svg, CancellationToken stop) =>
        RunAsync(svg, ["--format", "png", "--zoom", PngZoom.ToString(CultureInfo.InvariantCulture)], stop);

    private static async Task<byte[]> RunAsync(string svg, string[] arguments, CancellationToken stop)
    {
        var start = new ProcessStartInfo("rsvg-convert", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = WholeFile.Utf8,
        };
        // cairo writes the time into a PDF: a fixed one (1 January 2000) keeps the bytes the same.
        start.Environment["SOURCE_DATE_EPOCH"] = "946684800";
        using var process = Start(start);
        using var bytes = new MemoryStream();
        var output = process.StandardOutput.BaseStream.CopyToAsync(bytes, stop);
        var errors = process.StandardError.ReadToEndAsync(stop);
        try
        {
            await process.StandardInput.WriteAsync(svg.AsMemory(), stop).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its error stream says why.
        }

        await output.ConfigureAwait(false);
        await process.WaitForExitAsync(stop).ConfigureAwait(false);
        return process.ExitCode == 0 && bytes.Length > 0
            ? bytes.ToArray()
            : throw new DrawingException($"rsvg-convert failed: {(await errors.ConfigureAwait(false)).Trim()}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new DrawingException("rsvg-convert did not start");
        }
        catch (Win32Exception e)
        {
            throw new DrawingException("rsvg-convert is not installed", e);
        }
    }
}
