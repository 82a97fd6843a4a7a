using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Programs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Options;

/// <summary><c>--ledger</c>: which ledger; the environment's, else the file in the state folder.</summary>
internal static class LedgerOption
{
    public const string Variable = "SCALINGLAB_LEDGER";

    private const string Name = "--ledger";

    public static Option<string?> Create() => new(Name)
    {
        Description = $"A file, or postgres://user@host:port/database; ${Variable}, else the state folder's file. "
            + $"A password belongs into ${Variable}, PGPASSWORD or ~/.pgpass: a command line is seen by everybody on the machine",
    };

    public static string Place(string? given, LabHome home) =>
        !string.IsNullOrWhiteSpace(given) ? given
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable
        : home.LedgerFile;

    /// <summary>Says where anybody on the machine could change the ledger, of a command that has one.</summary>
    public static void WarnIfWorldWritable(Screen screen, LabHome home, ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Options.OfType<Option<string?>>()
            .FirstOrDefault(o => o.Name == Name) is not { } option) return;
        var place = Place(parsed.GetValue(option), home);
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

    /// <summary>Opens a ledger that may be out of reach just now, as a database is that starts again.</summary>
    /// <exception cref="DbException">It stayed out of reach for longer than the patience.</exception>
    public static async Task<Ledger> OpenAsync(string place, TimeSpan patience, TextWriter log, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        for (var said = false; ; said = true)
        {
            try
            {
                return Ledger.Open(place);
            }
            catch (DbException e)
                when (e.IsTransient
                    && (patience == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(began) < patience))
            {
                if (!said)
                    log.WriteLine($"lab: the ledger {LedgerLocation.Redacted(place)} cannot be reached ({e.Message}); "
                        + "trying again");
            }
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }
}
