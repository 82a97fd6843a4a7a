using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Worker.Attempts;

/// <summary>What the worker is told: one line of JSON on its standard input.</summary>
internal static class Order
{
    /// <summary>Characters of the longest order.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Reads the line.</summary>
    /// <exception cref="JsonException">There is none, it is longer than any order, or no such JSON.</exception>
    public static T Read<T>(TextReader input)
    {
        try
        {
            return Parse<T>(BoundedLines.ReadLine(input, MaxLength));
        }
        catch (InvalidDataException e)
        {
            throw TooLong(e);
        }
    }

    /// <summary>What a line says; null is none.</summary>
    /// <exception cref="JsonException">There is no line, or it is no such JSON.</exception>
    public static T Parse<T>(string? line) =>
        RunJson.Deserialize<T>(line ?? throw new JsonException("nothing was asked on standard input"));

    /// <summary>Why a line that is longer than any order is none.</summary>
    public static JsonException TooLong(InvalidDataException e) =>
        new($"what is asked on standard input is too much: {e.Message}", e);
}
