using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Options;

/// <summary><c>--ledger</c>: which ledger; the environment's, else the file in the state folder.</summary>
internal static class LedgerOption
{
    private const string Name = "--ledger";

    public static Option<string?> Create() => new(Name)
    {
        Description = $"A file, or postgres://user@host:port/database; ${LedgerPlace.Variable}, else the state folder's file. "
            + $"A password belongs into ${LedgerPlace.Variable}, PGPASSWORD or ~/.pgpass: a command line is seen by everybody on the machine",
    };

    /// <summary>Says where anybody on the machine could change the ledger, of a command that has one.</summary>
    public static void WarnIfWorldWritable(Screen screen, LabHome home, ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Options.OfType<Option<string?>>()
            .FirstOrDefault(o => o.Name == Name) is not { } option) return;
        var place = LedgerPlace.Find(parsed.GetValue(option), home);
        string[] places = LedgerLocation.IsPostgres(place) ? [home.State]
            : [home.State, Path.GetDirectoryName(Path.GetFullPath(place))!, place];
        foreach (var path in places.Distinct().Where(IsWorldWritable))
        {
            screen.Error.WriteLine(
                $"lab: warning: every user of this machine may write {path}, and so change runs and results: 'chmod "
                    + $"o-w {path}' ends that.");
        }
    }

    // Of a sticky folder, as /tmp is, others cannot replace what is not theirs.
    private static bool IsWorldWritable(string path)
    {
        if (OperatingSystem.IsWindows() || !Path.Exists(InputFile.ResolveLinks(path))) return false;
        var mode = File.GetUnixFileMode(path);
        return mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit);
    }
}
