using System.CommandLine;
using System.Formats.Tar;
using System.IO.Compression;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Bundles;

/// <summary>
/// <c>lab bundle FILE.tar.gz</c>: one archive for a machine that has PyTorch (or libtorch), but neither .NET nor
/// network.
/// </summary>
internal static class BundleCommand
{
    private const UnixFileMode Program =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode Text = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead;

    public static Command Create(Screen screen, LabHome home)
    {
        var file = new Argument<string>("FILE.tar.gz") { Description = "Where it is written" };
        var page =
            new Option<bool>("--page") { Description = "Take 'lab serve's live page along (about a third more)" };
        var shim =
            new Option<bool>("--shim")
            { Description = "Take the native shim compiled here along: for the same processor and libtorch" };
        var command =
            new Command("bundle", "Pack runtime, programs and native sources for a machine with PyTorch but without "
                + ".NET or network")
        {
            file, page, shim,
        };
        command.SetAction((parsed, stop) =>
        {
            var content =
                new BundleContent(home.Root,
                    Path.GetDirectoryName(WorkerPrograms.DotnetPath()) is { Length: > 0 } dotnet
                ? dotnet : throw new InputException("bundle", "the .NET that runs this program was not found"))
            {
                WithPage = parsed.GetValue(page), WithShim = parsed.GetValue(shim),
            };
            return WriteAsync(screen, parsed.GetRequiredValue(file), content.Files(), stop);
        });
        return command;
    }

    private static async Task<int> WriteAsync(
        Screen screen, string path, IReadOnlyList<(string Source, string Place)> files, CancellationToken stop)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        LabHome.RequireWritable("FILE.tar.gz", folder);
        var temporary = path + ".tmp";
        try
        {
            await using (var written = File.Create(temporary))
            await using (var packed = new GZipStream(written, CompressionLevel.SmallestSize))
            await using (var archive = new TarWriter(packed, TarEntryFormat.Pax))
            {
                foreach (var (source, place)
                    in files.OrderBy(f => f.Place, StringComparer.Ordinal)) await AddAsync(archive, source, place,
                        stop);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        screen.Out.WriteLine($"{path}: {Quantity.Compact(new FileInfo(path).Length / 1e6)} MB, "
            + $"{Quantity.Whole(files.Count)} files. There: "
            + "tar xzf it, then 'scalinglab/lab doctor'. It needs cmake, a C++ compiler and a libtorch.");
        return CliHost.Success;
    }

    // No times and no owners: the same build gives the same archive.
    private static async Task AddAsync(TarWriter archive, string source, string place, CancellationToken stop)
    {
        await using var data = File.OpenRead(source);
        var runs = place is "lab" or "dotnet/dotnet" || place.EndsWith(".sh", StringComparison.Ordinal);
        await archive.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, $"scalinglab/{place}")
            {
                DataStream = data, Mode = runs ? Program : Text, ModificationTime = DateTimeOffset.UnixEpoch,
            },
            stop);
    }
}
