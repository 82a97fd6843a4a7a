using System.Data.Common;
using ScalingLab.Runs;
using ScalingLab.Store;
using ScalingLab.Store.Records;
using ScalingLab.Store.Storage;

namespace ScalingLab.Dashboard.Sources;

/// <summary>
/// The ledger, as the page has it. Looking must not make one: until the file is there, there are no sweeps.
/// </summary>
internal sealed class LedgerHandle : IDisposable
{
    private readonly string _location;
    private readonly bool _isFile;
    private readonly Lock _gate = new();
    private Ledger? _ledger;

    /// <exception cref="InputException">The place is no ledger, or a newer program's.</exception>
    public LedgerHandle(string place)
    {
        _isFile = !LedgerLocation.IsPostgres(place);
        _location = _isFile ? Path.GetFullPath(place) : place;
        try
        {
            Open();
        }
        catch (DbException)
        {
            // A database that starts again: asked anew with each request.
        }
    }

    /// <summary>The ledger's time; this machine's where there is no ledger yet.</summary>
    public DateTimeOffset Now => Open()?.Now ?? TimeProvider.System.GetUtcNow();

    /// <summary>Every sweep with its counts, by name.</summary>
    public IReadOnlyList<SweepSummary> Sweeps() => Open()?.Sweeps() ?? [];

    /// <summary>A sweep with its counts, or null where there is none of that name.</summary>
    public SweepSummary? Find(string sweep) => Open()?.Find(sweep);

    /// <summary>
    /// Changes when anybody writes to the ledger's file: sizes and times of the file and its write-ahead log. Thousands
    /// of runs need not be read each second to learn that nothing happened. Null where there is no file to tell.
    /// </summary>
    public LedgerStamp? Stamp() => _isFile ? LedgerStamp.ReadFrom(_location) : null;

    /// <summary>Reads something; null where there is no ledger yet.</summary>
    public T? Read<T>(Func<Ledger, T?> read)
        where T : class => Open() is { } ledger ? read(ledger) : null;

    /// <summary>Changes something; null where there is no ledger yet, or nothing of that name in it.</summary>
    public T? Change<T>(Func<Ledger, T?> change)
        where T : class => Open() is { } ledger ? change(ledger) : null;

    public void Dispose() => _ledger?.Dispose();

    private Ledger? Open()
    {
        lock (_gate)
        {
            // A ledger that was taken away must not be shown from a file that only this program still holds.
            if (_isFile && !File.Exists(_location) && !Directory.Exists(_location))
            {
                _ledger?.Dispose();
                return _ledger = null;
            }

            return _ledger ??= Ledger.Open(_location);
        }
    }
}

/// <summary>When the ledger was last written, as the file system has it.</summary>
internal sealed record LedgerStamp(long Bytes, DateTime Written, long LogBytes, DateTime LogWritten)
{
    // File times go in ticks of some milliseconds: a second write in the same tick shows nothing.
    private static readonly TimeSpan FileTimeResolution = TimeSpan.FromSeconds(2);

    public static LedgerStamp ReadFrom(string file)
    {
        var (own, log) = (new FileInfo(file), new FileInfo(file + "-wal"));
        return new LedgerStamp(own.Exists ? own.Length : 0, own.LastWriteTimeUtc, log.Exists ? log.Length : 0,
            log.LastWriteTimeUtc);
    }

    /// <summary>Whether the same stamp, seen again, says for sure that nothing was written between.</summary>
    public bool IsSettled(DateTime now) => now - Written > FileTimeResolution && now - LogWritten > FileTimeResolution;
}
