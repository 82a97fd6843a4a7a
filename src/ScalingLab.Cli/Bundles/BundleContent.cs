using System.Runtime.InteropServices;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Bundles;

/// <summary>
/// What goes into a bundle: files and where they lie in it. The layout is the repository's own, so that every program
/// finds what it needs.
/// </summary>
/// <param name="Root">The repository, built.</param>
/// <param name="Dotnet">The folder of the .NET that runs this program.</param>
internal sealed record BundleContent(string Root, string Dotnet)
{
    private const string Programs = "artifacts/bin";
    private const string Shim = "libscalinglab_torch.so";

    /// <summary>Whether the live page and the runtime that it needs come along.</summary>
    public bool WithPage { get; init; }

    /// <summary>
    /// Whether the shim that was compiled here comes along: for a machine with the same processor and libtorch.
    /// </summary>
    public bool WithShim { get; init; }

    /// <summary>Every file with its place in the bundle.</summary>
    /// <exception cref="InputException">Something was not built, or .NET lacks a part: all that is missing.</exception>
    public IReadOnlyList<(string Source, string Place)> Files()
    {
        var problems = new List<Problem>();
        var version = Environment.Version.ToString();
        List<(string, string)> files =
        [
            .. Folder(Path.Combine(Root, Programs, "ScalingLab.Cli/release"), $"{Programs}/ScalingLab.Cli/release",
                problems).Where(IsForLinux),
            .. Folder(Path.Combine(Root, Programs, "ScalingLab.Worker/release"),
                $"{Programs}/ScalingLab.Worker/release", problems)
                .Where(f => WithShim || !f.Place.EndsWith(Shim, StringComparison.Ordinal)),
            .. Folder(Path.Combine(Root, "src/ScalingLab.Torch/native"), "src/ScalingLab.Torch/native", problems),
            .. Folder(Path.Combine(Root, "experiments"), "experiments", problems),
            .. Folder(Path.Combine(Dotnet, "host/fxr"), "dotnet/host/fxr", problems),
            .. Folder(Path.Combine(Dotnet, "shared/Microsoft.NETCore.App", version),
                $"dotnet/shared/Microsoft.NETCore.App/{version}", problems),
            .. Reference(),
            .. Single(Path.Combine(Dotnet, "dotnet"), "dotnet/dotnet", problems),
            .. Single(Path.Combine(Root, "ScalingLab.sln"), "ScalingLab.sln", problems),
            .. Single(Path.Combine(AppContext.BaseDirectory, "bundle-lab.sh"), "lab", problems),
        ];
        if (WithPage)
        {
            files.AddRange(
                Folder(Path.Combine(Root, Programs, "ScalingLab.Dashboard/release"),
                    $"{Programs}/ScalingLab.Dashboard/release", problems).Where(IsForLinux));
            files.AddRange(
                Folder(Path.Combine(Dotnet, "shared/Microsoft.AspNetCore.App", version),
                    $"dotnet/shared/Microsoft.AspNetCore.App/{version}", problems));
        }

        return problems.Count == 0 ? files : throw new InputException(problems);
    }

    /// <summary>
    /// The corpus dotnet-docs: the reference texts that the SDK carries, so that its sweeps run where there is none.
    /// </summary>
    private IEnumerable<(string Source, string Place)> Reference()
    {
        var packs = Path.Combine(Dotnet, "packs");
        if (!Directory.Exists(packs)) return [];
        return from file in Directory.EnumerateFiles(packs, "*.xml", SearchOption.AllDirectories)
               where Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))) == "ref"
               select (file, $"dotnet/packs/{Relative(packs, file)}");
    }

    private static IEnumerable<(string Source, string Place)> Folder(string folder, string place,
        List<Problem> problems)
    {
        if (Directory.Exists(folder))
            return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => (file, $"{place}/{Relative(folder, file)}"));
        problems.Add(new Problem("bundle", $"{folder} is not there: build everything first ('./lab status' does)"));
        return [];
    }

    private static IEnumerable<(string Source, string Place)> Single(string file, string place, List<Problem> problems)
    {
        if (File.Exists(file)) return [(file, place)];
        problems.Add(new Problem("bundle", $"{file} is not there"));
        return [];
    }

    /// <summary>Native libraries of other systems stay behind.</summary>
    private static bool IsForLinux((string Source, string Place) file)
    {
        var parts = file.Place.Split('/');
        var runtimes = Array.IndexOf(parts, "runtimes");
        return runtimes < 0 || parts[runtimes + 1] == RuntimeInformation.RuntimeIdentifier;
    }

    private static string Relative(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');
}
