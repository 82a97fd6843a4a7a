using System.Diagnostics;
using System.Xml.Linq;

namespace ScalingLab.Tidy.Tests;

/// <summary>What lies in the repository that the tests run in.</summary>
internal static class Sources
{
    private static readonly string[] NotSources = ["artifacts", "bin", "obj"];

    /// <summary>The projects under src and tests by name.</summary>
    public static IReadOnlyDictionary<string, Project> Projects { get; } = Files("src", ".csproj")
        .Concat(Files("tests", ".csproj"))
        .Select(Project.Read).ToDictionary(p => p.Name);

    /// <summary>Sources below a folder, relative to the root, that end in one of the extensions.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions) =>
        Directory.EnumerateFiles(Repository.At(folder), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f))
            .Where(f => extensions.Contains(Path.GetExtension(f))
                && !f.Split(Path.DirectorySeparatorChar).Any(NotSources.Contains))
            .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Repository.At(file));

    /// <summary>What git tracks, or null where this is no clone (a source archive).</summary>
    public static IReadOnlyList<string>? Tracked()
    {
        try
        {
            using var git =
                Process.Start(new ProcessStartInfo("git", ["-C", Repository.Root, "ls-files", "-z"])
                    { RedirectStandardOutput = true })!;
            var files = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? files.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>A project file: what it refers to. A program that is only built with it is not referred to.</summary>
internal sealed record Project(string Name, string File, IReadOnlySet<string> Projects, IReadOnlySet<string> Packages,
    IReadOnlySet<string> Frameworks)
{
    public static Project Read(string file)
    {
        var xml = XDocument.Load(Repository.At(file));
        return new Project(
            Path.GetFileNameWithoutExtension(file),
            file,
            Linked().Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/'))).ToHashSet(),
            Includes("PackageReference").ToHashSet(),
            Includes("FrameworkReference").ToHashSet());

        IEnumerable<string> Linked() =>
            xml.Descendants("ProjectReference").Where(e => (string?)e.Attribute("ReferenceOutputAssembly") != "false")
            .Select(e => (string?)e.Attribute("Include")).OfType<string>();

        IEnumerable<string> Includes(string element) =>
            xml.Descendants(element).Select(e => (string?)e.Attribute("Include")).OfType<string>();
    }
}

/// <summary>A rule held when there are none of them; a failure lists them.</summary>
internal static class Offenders
{
    public static void None<T>(IEnumerable<T> found)
    {
        var all = found.ToList();
        Assert.True(all.Count == 0, $"{all.Count}:\n{string.Join('\n', all)}");
    }
}
