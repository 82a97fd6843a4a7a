using System.Text.Json;

namespace ScalingLab.Runs;

/// <summary>Enumerations as the words of files and commands: lower case with hyphens, as in the specs' JSON.</summary>
public static class EnumNames
{
    /// <summary>"fp8-head" for <see cref="Precision.Fp8Head"/>.</summary>
    public static string ToName<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>The value of a word; null where there is none.</summary>
    public static T? Find<T>(string word)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (ToName(value) == word) return value;
        }

        return null;
    }

    /// <summary>All words, in the order of their values.</summary>
    public static IReadOnlyList<string> All<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(ToName)];
}
