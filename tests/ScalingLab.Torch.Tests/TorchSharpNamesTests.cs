using System.Reflection;

namespace ScalingLab.Torch.Tests;

/// <summary>
/// Our binding has TorchSharp's names and signatures, held against a listing of TorchSharp 0.107's public API; skipped where the listing is not beside
/// the repository.
/// </summary>
public class TorchSharpNamesTests
{
    // The listing has what a transformer needs, and of `tensor` a few of its many overloads. These it leaves out.
    private static readonly HashSet<string> NotListed =
    [
        "DetachFromDisposeScope", "MoveToOuterDisposeScope", "Dispose", "NewDisposeScope", "Equals", "GetHashCode", "GetType", "ToString", "data", "ToDouble",
        "ToSingle", "ToInt64", "ToInt32", "ToBoolean", "logical_and", "logical_or", "logical_not", "allclose", "equal", "mm", "flatten", "tensor",
        "data_ptr", "is_grad_enabled", "set_grad_enabled", "enable_grad", "no_grad", "get_num_threads", "set_num_threads",
    ];

    [TorchSharpListFact]
    public void Every_operation_of_ours_is_called_as_TorchSharp_calls_it()
    {
        (Type Type, string Section, BindingFlags Of)[] walls =
        [
            (typeof(torch.Tensor), "## torch.Tensor (instance)", BindingFlags.Instance),
            (typeof(torch), "## torch (static", BindingFlags.Static),
            (typeof(torch.nn.functional), "## torch.nn.functional", BindingFlags.Static),
            (typeof(torch.cuda), "## torch.cuda", BindingFlags.Static),
        ];
        var strangers = new List<string>();
        foreach (var (type, section, of) in walls)
        {
            var known = TorchSharpList.Section(section);
            var own = type.GetMethods(of | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(m => !m.IsSpecialName && !NotListed.Contains(m.Name));
            strangers.AddRange(own.Where(m => !known.Any(k => k.Takes(m))).Select(m => $"{type.Name}: {m}"));
        }

        Assert.True(strangers.Count == 0, string.Join("\n", strangers));
    }

    [TorchSharpListFact]
    public void The_listing_is_understood()
    {
        var known = TorchSharpList.Section("## torch.Tensor (instance)");
        Assert.True(known.Count > 150);
        var add = typeof(torch.Tensor).GetMethods().First(m => m.Name == "add_" && m.GetParameters().Length == 1);
        Assert.Contains(known, k => k.Takes(add));
        Assert.DoesNotContain(known, k => k.Takes(typeof(TorchSharpNamesTests).GetMethod(nameof(The_listing_is_understood))!));
    }
}

/// <summary>A fact about the listing of TorchSharp's names, which lies outside the repository.</summary>
public sealed class TorchSharpListFact : FactAttribute
{
    public TorchSharpListFact()
    {
        if (TorchSharpList.Path is null) Skip = "shared/reference/torchsharp-0.107-api.txt is not beside the repository.";
    }
}

/// <summary>The listing: sections of one signature a line.</summary>
internal static class TorchSharpList
{
    public static string? Path { get; } = Find();

    public static IReadOnlyList<TorchSharpMethod> Section(string heading) =>
    [
        .. File.ReadAllLines(Path!).SkipWhile(l => !l.StartsWith(heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Where(l => l.Contains('(', StringComparison.Ordinal)).Select(TorchSharpMethod.Parse),
    ];

    private static string? Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "ScalingLab.sln"))) folder = folder.Parent;
        if (folder?.Parent is null) return null;
        var list = System.IO.Path.Combine(folder.Parent.FullName, "shared", "reference", "torchsharp-0.107-api.txt");
        return File.Exists(list) ? list : null;
    }
}

/// <summary>A method of the listing.</summary>
internal sealed record TorchSharpMethod(string Name, IReadOnlyList<(string Type, string Name, bool Optional)> Parameters)
{
    public static TorchSharpMethod Parse(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var name = line[..open].Split(' ')[^1];
        var parameters = new List<(string, string, bool)>();
        foreach (var part in Split(line[(open + 1)..line.LastIndexOf(')')]))
        {
            var (declared, optional) = part.Split(" = ") is [var before, ..] and { Length: 2 } ? (before, true) : (part, false);
            var words = declared.Split(' ');
            optional |= words[0] == "params";
            parameters.Add((Short(string.Join(' ', words[..^1]).Replace("params ", "", StringComparison.Ordinal)), words[^1], optional));
        }

        return new TorchSharpMethod(name, parameters);
    }

    /// <summary>Whether a call of ours, with all its parameters or with those that have no default, is one of this method too.</summary>
    public bool Takes(MethodInfo own)
    {
        var given = own.GetParameters();
        if (own.Name != Name || given.Length > Parameters.Count) return false;
        for (var i = 0; i < given.Length; i++)
        {
            if ((Short(Word(given[i].ParameterType)), given[i].Name) != (Parameters[i].Type, Parameters[i].Name)) return false;
        }

        return Parameters.Skip(given.Length).All(p => p.Optional);
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

    private static string Short(string type) => type.TrimEnd('?').Split('.', '+')[^1];

    private static string Word(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Word(inner);
        if (type.IsArray) return Word(type.GetElementType()!) + "[]";
        if (type.IsGenericType) return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Word))}>";
        return type == typeof(long) ? "long" : type == typeof(int) ? "int" : type == typeof(bool) ? "bool" : type == typeof(double) ? "double"
            : type == typeof(float) ? "float" : type == typeof(string) ? "string" : type.Name;
    }
}
