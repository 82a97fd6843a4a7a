using System.Net;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard;

/// <summary>What the program is told: one line of JSON on its standard input, where nobody else reads it.</summary>
/// <param name="Ledger">The ledger's place; a file need not be there yet.</param>
/// <param name="Port">TCP port; 0 takes any that is free.</param>
/// <param name="Listen">IP address to listen on.</param>
/// <param name="Token">What every change has to show, and, listened to by other machines, every request.</param>
/// <param name="Node">The process of the node that it is served with; null where the page is alone.</param>
/// <param name="State">
/// Folder of this installation's logs and checkpoints; null where none of them are to be shown.
/// </param>
internal sealed record ServerSettings(string Ledger, int Port, string Listen, string Token,
    ProcessIdentity? Node = null,
    string? State = null)
{
    private const int MinTokenLength = 16;
    private const int MaxLength = 64 * 1024; // characters of the line

    /// <exception cref="InputException">The line is none.</exception>
    public static ServerSettings Read(TextReader input)
    {
        ServerSettings order;
        try
        {
            order = RunJson.Deserialize<ServerSettings>(BoundedLines.ReadLine(input, MaxLength) ?? "");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            // What the line says is not repeated: it may hold a password.
            throw new InputException(
                "standard input",
                "has no order: a line of JSON with ledger, port, listen and token ('lab serve' gives it)");
        }
        var problems = new List<Problem>();
        if (order.Port is < 0 or > ushort.MaxValue)
            problems.Add(new Problem("port", $"'{order.Port}' is no port: give a number from 0 (any free one) to "
                + $"{ushort.MaxValue}"));
        if (!IPAddress.TryParse(order.Listen, out _))
            problems.Add(new Problem("listen", $"'{order.Listen}' is no IP address: 127.0.0.1 is this machine alone, "
                + "0.0.0.0 every network that it is in"));
        if (order.Token.Length < MinTokenLength)
            problems.Add(new Problem("token", $"is shorter than {MinTokenLength} characters"));
        return problems.Count > 0 ? throw new InputException(problems) : order;
    }
}
