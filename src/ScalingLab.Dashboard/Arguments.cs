using System.Globalization;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard;

/// <summary>What the program is told: <c>LEDGER ROOT PORT</c>.</summary>
/// <param name="LedgerFile">The ledger; it need not be there yet.</param>
/// <param name="Root">The repository, in which Vega's packages are looked for.</param>
/// <param name="Port">TCP port on the loopback address; 0 takes any that is free.</param>
internal sealed record Arguments(string LedgerFile, string Root, int Port)
{
    /// <exception cref="InputException">They are not three, or not of that kind.</exception>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        if (args is not [var ledger, var root, var port])
            throw new InputException("arguments", "usage: ScalingLab.Dashboard LEDGER ROOT PORT ('lab serve' gives them)");
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > ushort.MaxValue)
            throw new InputException("port", $"'{port}' is no port: give a number from 0 (any free one) to 65535");
        return new Arguments(Path.GetFullPath(ledger), Path.GetFullPath(root), number);
    }
}
