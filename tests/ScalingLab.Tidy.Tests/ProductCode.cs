using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScalingLab.Tidy.Tests;

/// <summary>The C# code under src, parsed once.</summary>
internal static class ProductCode
{
    /// <summary>
    /// The two projects that speak to libtorch in TorchSharp's names: one namespace, and one class torch over many
    /// files.
    /// </summary>
    public static readonly string[] Bindings = ["ScalingLab.Torch", "ScalingLab.Worker.TorchSharp"];

    private static readonly CSharpParseOptions Latest = new(LanguageVersion.Latest);

    /// <summary>Every source file: its path from the root and what it says.</summary>
    public static IReadOnlyList<(string File, CompilationUnitSyntax Unit)> Files { get; } =
        [.. Sources.Files("src", ".cs").Select(f => (f.Replace('\\', '/'), Parse(f)))];

    /// <summary>The files of each project, by its name.</summary>
    public static ILookup<string, (string File, CompilationUnitSyntax Unit)> ByProject { get; } =
        Files.ToLookup(f => f.File.Split('/')[1]);

    /// <summary>A file's folder.</summary>
    public static string FolderOf(string file) => file[..file.LastIndexOf('/')];

    /// <summary>Which folders of a project use which: types of another folder that a file names.</summary>
    public static IEnumerable<(string From, string To, string Because)> Uses(string project)
    {
        var trees = ByProject[project].Select(f => f.Unit.SyntaxTree).ToList();
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Concat(Directory.EnumerateFiles(Repository.At("artifacts", "bin", project, "release"), "*.dll"))
            .DistinctBy(Path.GetFileName).Where(IsManaged).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "checked", [.. trees, Globals], references, new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        foreach (var tree in trees)
        {
            var model = compilation.GetSemanticModel(tree);
            var names = tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>();
            foreach (var type in names.Select(n => TypeOf(model.GetSymbolInfo(n).Symbol)).OfType<INamedTypeSymbol>()
                .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default))
            {
                foreach (var place
                    in type.OriginalDefinition.Locations.Where(l => l.SourceTree is { FilePath: not "" }))
                {
                    var (from, to) = (FolderOf(tree.FilePath), FolderOf(place.SourceTree!.FilePath));
                    if (from != to) yield return (from, to, $"{tree.FilePath} names {type.Name}");
                }
            }
        }
    }

    private static SyntaxTree Globals => CSharpSyntaxTree.ParseText(
        string.Concat(new[]
        {
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
            "System.Threading.Tasks",
        }.Select(n => $"global using {n};")), Latest);

    private static CompilationUnitSyntax Parse(string file) =>
        CSharpSyntaxTree.ParseText(Sources.Read(file), Latest, file.Replace('\\', '/')).GetCompilationUnitRoot();

    private static INamedTypeSymbol? TypeOf(ISymbol? symbol) => symbol switch
    {
        INamedTypeSymbol type => type,
        IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => symbol.ContainingType,
        _ => null,
    };

    // A native library has the same ending.
    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
