using System.Text.Json;
using ScalingLab.Runs;

namespace ScalingLab.Worker;

/// <summary>What the worker is told: one line of JSON on its standard input.</summary>
internal static class Order
{
    private const int Longest = 16 * 1024 * 1024; // characters

    /// <summary>Reads the line.</summary>
    /// <exception cref="JsonException">There is none, it is longer than any order, or no such JSON.</exception>
    public static T Read<T>(TextReader input)
    {
        try
        {
            return RunJson.Deserialize<T>(BoundedLines.ReadLine(input, Longest) ?? throw new JsonException("nothing was asked on standard input"));
        }
        catch (InvalidDataException e)
        {
            throw new JsonException($"what is asked on standard input is too much: {e.Message}", e);
        }
    }

    /// <summary>Waits for the input's end; what comes before it is dropped.</summary>
    public static void WaitForEnd(TextReader input)
    {
        var dropped = new char[1024];
        while (input.Read(dropped, 0, dropped.Length) > 0)
        {
        }
    }
}
