using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScalingLab.Tidy.Tests;

/// <summary>Rules for rooms: which folder holds what, and who may look into which.</summary>
public sealed class FolderTests
{
    private const int MostFiles = 15;

    public static TheoryData<string> Projects =>
        [.. ProductCode.ByProject.Select(p => p.Key).Except(ProductCode.Bindings)];

    [Fact]
    public void The_namespace_is_the_folder() => Offenders.None(
        from file in ProductCode.Files
        where !ProductCode.Bindings.Contains(file.File.Split('/')[1])
        from space in file.Unit.Members.OfType<BaseNamespaceDeclarationSyntax>()
        where space.Name.ToString() != ProductCode.FolderOf(file.File)["src/".Length..].Replace('/', '.')
        select $"{file.File}: {space.Name}");

    [Fact]
    public void A_folder_has_at_most_fifteen_files() => Offenders.None(
        ProductCode.Files.GroupBy(f => ProductCode.FolderOf(f.File)).Where(g => g.Count() > MostFiles)
            .Select(g => $"{g.Key}: {g.Count()} files"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_of_a_project_use_one_another_in_one_direction(string project)
    {
        var uses = ProductCode.Uses(project).ToLookup(u => u.From);
        var circles = uses.Select(u => u.Key).Where(folder => Reach(folder).Contains(folder)).ToList();
        Offenders.None(uses.SelectMany(u => u)
            .Where(u => circles.Contains(u.From) && Reach(u.To).Contains(u.From))
            .Select(u => $"{u.From} -> {u.To}: {u.Because}").Distinct());

        HashSet<string> Reach(string from)
        {
            var reached = new HashSet<string>();
            var open = new Queue<string>(uses[from].Select(u => u.To));
            while (open.TryDequeue(out var folder))
            {
                if (!reached.Add(folder)) continue;
                foreach (var next in uses[folder].Select(u => u.To).Distinct()) open.Enqueue(next);
            }
            return reached;
        }
    }
}
