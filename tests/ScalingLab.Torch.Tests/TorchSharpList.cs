using System.Reflection;

namespace ScalingLab.Torch.Tests;

/// <summary>A fact about the listing of TorchSharp's names, which lies outside the repository.</summary>
public sealed class TorchSharpListFact : FactAttribute
{
    public TorchSharpListFact()
    {
        if (TorchSharpList.Path is null) Skip = "shared/reference/torchsharp-0.107-api.txt is in no folder above the repository.";
    }
}

/// <summary>The listing of TorchSharp 0.107's public API: sections of one signature a line.</summary>
internal static class TorchSharpList
{
    public static string Root { get; } = FindRoot();

    /// <summary>The file; null where it is not there.</summary>
    public static string? Path { get; } = Find();

    /// <summary>The lines below a heading that begins so.</summary>
    public static IReadOnlyList<string> Lines(string heading) =>
    [
        .. File.ReadAllLines(Path!).SkipWhile(l => !l.StartsWith(heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).Where(l => l.Length > 0),
    ];

    /// <summary>Methods and properties of a section.</summary>
    public static IReadOnlyList<TorchSharpMember> Section(string heading) => [.. Lines(heading).Select(TorchSharpMember.Parse)];

    /// <summary>Names that stand in the heading itself: "## ScalarType: Byte Int8 ..".</summary>
    public static IReadOnlyList<string> Names(string heading) => File.ReadAllLines(Path!)
        .Single(l => l.StartsWith(heading, StringComparison.Ordinal))[heading.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string? Find()
    {
        for (var above = Directory.GetParent(Root); above is not null; above = above.Parent)
        {
            var list = System.IO.Path.Combine(above.FullName, "shared", "reference", "torchsharp-0.107-api.txt");
            if (File.Exists(list)) return list;
        }

        return null;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "ScalingLab.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}

/// <summary>A parameter: "long[] dim", "bool keepdim = false", "params long[] shape".</summary>
internal sealed record TorchSharpParameter(string Type, string Name, string? Default, bool IsParams)
{
    public bool IsOptional => Default is not null || IsParams;
}

/// <summary>A method or, without parameters, a property of the listing.</summary>
internal sealed record TorchSharpMember(string Type, string Name, IReadOnlyList<TorchSharpParameter>? Parameters, bool IsSettable)
{
    public static TorchSharpMember Parse(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            var words = line[..line.IndexOf(" {", StringComparison.Ordinal)].Split(' ');
            return new(string.Join(' ', words[..^1]), words[^1], null, line.Contains("set;", StringComparison.Ordinal));
        }

        var before = line[..open].Split(' ');
        return new(string.Join(' ', before[..^1]), before[^1], [.. Split(line[(open + 1)..line.LastIndexOf(')')]).Select(Parameter)], false);
    }

    /// <summary>Whether a call of ours, with all its parameters or with those that have no default, is one of this method too, and gives the same.</summary>
    public bool Takes(MethodInfo own)
    {
        var given = own.GetParameters();
        if (own.Name != Name || Parameters is null || given.Length > Parameters.Count || Short(Word(own.ReturnType)) != Short(Type)) return false;
        for (var i = 0; i < given.Length; i++)
        {
            if (Short(Word(given[i].ParameterType)) != Short(Parameters[i].Type) || given[i].Name != Parameters[i].Name) return false;
            if (given[i].HasDefaultValue && !Parameters[i].IsOptional) return false;
        }

        return Parameters.Skip(given.Length).All(p => p.IsOptional);
    }

    /// <summary>Whether a property of ours can be read, and set where ours can, as this one.</summary>
    public bool Takes(PropertyInfo own) => Parameters is null && own.Name == Name && Short(Word(own.PropertyType)) == Short(Type)
        && (IsSettable || own.SetMethod is not { IsPublic: true });

    private static TorchSharpParameter Parameter(string text)
    {
        var parts = text.Split(" = ");
        var words = parts[0].Split(' ');
        var isParams = words[0] == "params";
        return new(string.Join(' ', words[(isParams ? 1 : 0)..^1]), words[^1], parts.Length > 1 ? parts[1] : null, isParams);
    }

    // "ReadOnlySpan<long> dim, bool keepdim = false": commas inside angle brackets do not part.
    private static IEnumerable<string> Split(string text)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '<' ? 1 : text[i] == '>' ? -1 : 0;
            if (text[i] != ',' || depth > 0) continue;
            yield return text[start..i].Trim();
            start = i + 1;
        }

        if (text[start..].Trim() is { Length: > 0 } last) yield return last;
    }

    private static string Short(string type) => type.TrimEnd('?').Replace("Byte", "byte", StringComparison.Ordinal).Split('.', '+')[^1];

    private static string Word(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Word(inner);
        if (type.IsArray) return Word(type.GetElementType()!) + "[]";
        if (type.IsGenericType) return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Word))}>";
        return type == typeof(long) ? "long" : type == typeof(int) ? "int" : type == typeof(bool) ? "bool" : type == typeof(double) ? "double"
            : type == typeof(float) ? "float" : type == typeof(string) ? "string" : type == typeof(void) ? "void" : type == typeof(byte) ? "byte" : type.Name;
    }
}
