using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ScalingLab.Runs;

/// <summary>
/// The one JSON dialect of specs and messages: camelCase, enumerations as lower-case words, one line; what is missing
/// is left out, and so is a property that has its <see cref="DefaultValueAttribute"/>'s value.
/// </summary>
public static class RunJson
{
    /// <summary>The dialect's options, read-only.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>One line of JSON; the same value always gives the same text.</summary>
    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads a value back.</summary>
    /// <exception cref="JsonException">The text is no JSON, has an unknown field or lacks a required one.</exception>
    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options)
        ?? throw new JsonException($"the JSON is null where a {typeof(T).Name} was expected");

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutDefaults } },
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static void LeaveOutDefaults(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider?.GetCustomAttributes(typeof(DefaultValueAttribute),
                inherit: false) is [DefaultValueAttribute given])
                property.ShouldSerialize = (_, value) => !Equals(value, given.Value);
        }
    }
}
