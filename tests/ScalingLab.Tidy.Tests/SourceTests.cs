using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ScalingLab.Tidy.Tests;

/// <summary>Rules for every source file, each with the reason in its name.</summary>
public partial class SourceTests
{
    private static readonly string[] Code = [".cs", ".cpp", ".cc", ".cu", ".h"];

    private static IEnumerable<string> CodeFiles => Sources.Files("src", Code).Concat(Sources.Files("tests", Code));

    [Fact]
    public void Nobody_asks_the_local_wall_clock() => Offenders.None(LinesWhere(LocalTime().IsMatch));

    [Fact]
    public void Nobody_blocks_a_thread_to_wait() => Offenders.None(LinesWhere(Sleep().IsMatch));

    [Fact]
    public void Nothing_is_left_for_later() => Offenders.None(LinesWhere(Later().IsMatch));

    [Fact]
    public void Every_package_version_is_exact_and_stands_in_one_place()
    {
        var central = XDocument.Load(Repository.At("Directory.Packages.props"));
        Assert.All(central.Descendants("PackageVersion"),
            p => Assert.Matches(ExactVersion(), (string?)p.Attribute("Version") ?? ""));
        foreach (var project in Sources.Projects.Values)
        {
            var references = XDocument.Load(Repository.At(project.File)).Descendants("PackageReference");
            Assert.All(references, r => Assert.Null(r.Attribute("Version") ?? r.Attribute("VersionOverride")));
        }
    }

    [Fact]
    public void Only_the_drawing_of_figures_knows_what_draws_them() => Offenders.None(
        Sources.Files("src", ".cs")
        .Where(f => !f.Replace('\\', '/').StartsWith("src/ScalingLab.Reporting/Drawing/", StringComparison.Ordinal)
            && Drawing().IsMatch(Sources.Read(f))));

    [Fact]
    public void Every_project_with_packages_has_its_lock_file() => Offenders.None(
        Sources.Projects.Values.Where(p =>
            !File.Exists(Repository.At(Path.GetDirectoryName(p.File)!, "packages.lock.json"))));

    [Fact]
    public void Nothing_that_is_built_or_belongs_to_others_is_tracked() => Offenders.None(
        (Sources.Tracked() ?? []).Where(f => Built().IsMatch(f)));

    private static IEnumerable<string> LinesWhere(Func<string, bool> wrong) =>
        from file in CodeFiles
        from line in Sources.Read(file).Split('\n').Select((text, i) => (Text: text, Number: i + 1))
        where wrong(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}";

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Now|Today)\b")]
    private static partial Regex LocalTime();

    [GeneratedRegex(@"\bThread\.Sleep\(")]
    private static partial Regex Sleep();

    // Written so that the pattern does not find itself.
    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|NotImplemented[E]xception)\b")]
    private static partial Regex Later();

    [GeneratedRegex(@"^\d+(\.\d+){1,3}$")]
    private static partial Regex ExactVersion();

    [GeneratedRegex(@"^using (static )?(ScottPlot|SkiaSharp)", RegexOptions.Multiline)]
    private static partial Regex Drawing();

    [GeneratedRegex(@"(^|/)(artifacts|bin|obj|\.lab)/|\.(dll|exe|so|dylib|a|o|nupkg|trx|tokens)$|(^|/)report\.html$")]
    private static partial Regex Built();
}
