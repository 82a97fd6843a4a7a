using System.CommandLine;

namespace ScalingLab.Cli.Hosting;

/// <summary>The words of an option or argument as they are typed: in lower case.</summary>
internal static class HelpWords
{
    /// <summary>Those of a type that has words; none of another.</summary>
    public static IReadOnlyList<string> Of(Type type)
    {
        type = Plain(type);
        return type.IsEnum ? [.. Enum.GetNames(type).Select(name => name.ToLowerInvariant())] : [];
    }

    /// <summary>The type of one value: of an array's elements, and without its null.</summary>
    public static Type Plain(Type type)
    {
        type = type.GetElementType() ?? type;
        return Nullable.GetUnderlyingType(type) ?? type;
    }

    /// <summary>Makes the command's help show them, which else has the names of the program's own text.</summary>
    public static void Show(Command command)
    {
        foreach (var option in command.Options)
        {
            if (Of(option.ValueType) is { Count: > 0 } words) option.HelpName ??= string.Join('|', words);
        }
        foreach (var argument in command.Arguments)
        {
            if (Of(argument.ValueType) is { Count: > 0 } words) argument.HelpName ??= string.Join('|', words);
        }
    }
}
