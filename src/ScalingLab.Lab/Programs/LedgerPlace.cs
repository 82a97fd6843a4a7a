using System.Data.Common;
using System.Diagnostics;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Lab.Programs;

/// <summary>Which ledger: the one that was named, else the environment's, else the file in the state folder.</summary>
public static class LedgerPlace
{
    public const string Variable = "SCALINGLAB_LEDGER";

    public static string Find(string? given, LabHome home) =>
        !string.IsNullOrWhiteSpace(given) ? given
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable
        : home.LedgerFile;

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
