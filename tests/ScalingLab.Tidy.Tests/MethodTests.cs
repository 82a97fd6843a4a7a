using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScalingLab.Tidy.Tests;

/// <summary>
/// Rules for methods: what a reader can hold in mind. The two bindings are apart: a kernel takes what its equation has,
/// and their checks are tables of cases.
/// </summary>
public sealed class MethodTests
{
    private const int MostLines = 60;
    private const int MostParameters = 6;

    private static IEnumerable<(string Place, SyntaxNode Node, ParameterListSyntax Parameters)> Methods =>
        from file in ProductCode.Files
        where !ProductCode.Bindings.Contains(file.File.Split('/')[1])
        from node in file.Unit.DescendantNodes()
        let parameters = (node as BaseMethodDeclarationSyntax)?.ParameterList
            ?? (node as LocalFunctionStatementSyntax)?.ParameterList
        where parameters is not null
        let line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1
        select ($"{file.File}:{line} {NameOf(node)}", node, parameters);

    [Fact]
    public void A_method_has_at_most_sixty_lines() => Offenders.None(
        from method in Methods
        let span = method.Node.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > MostLines
        select $"{method.Place}: {lines} lines");

    [Fact]
    public void A_method_has_at_most_six_parameters() => Offenders.None(
        from method in Methods
        where method.Parameters.Parameters.Count > MostParameters
        select $"{method.Place}: {method.Parameters.Parameters.Count} parameters");

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        _ => node.Kind().ToString(),
    };
}
