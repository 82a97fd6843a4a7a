using System.Data.Common;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Scheduling;

/// <summary>Who is told that a sweep has ended.</summary>
/// <param name="To">An http or https address; it may hold a secret.</param>
public sealed record NoticeOptions(Uri To)
{
    /// <summary>How long it waits before it tries again; twice as long each time, up to a minute.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long it tries.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The address for people and for the ledger's list of places: no more than server and port.</summary>
    public string DisplayName => To.GetLeftPart(UriPartial.Authority);

    /// <summary>Names the address without telling it.</summary>
    public string Name { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(To.AbsoluteUri)))[..32];
}

/// <summary>What is told.</summary>
/// <param name="Event">Always "sweep-ended".</param>
/// <param name="Sweep">The sweep.</param>
/// <param name="At">When that was seen, by the ledger's clock.</param>
/// <param name="States">Runs in each state, by its word; states without runs are 0.</param>
/// <param name="WallSeconds">
/// From the begin of its first attempt to the end of its last; absent where there was none.
/// </param>
/// <param name="Spent">What it has cost; absent where nothing was attempted.</param>
/// <param name="Report">The file of its report on the machine that tells; absent where there is none.</param>
/// <param name="Flagged">Completed runs that its report flags; absent before a report.</param>
public sealed record SweepNotice(
    string Event, string Sweep, DateTimeOffset At, IReadOnlyDictionary<string, int> States, double? WallSeconds,
        SweepCost? Spent, string? Report, int? Flagged)
{
    /// <summary>The notice of a sweep as it stands.</summary>
    public static SweepNotice Create(Ledger ledger, SweepSummary sweep)
    {
        var (settings, attempts, uses) = (ledger.Settings(sweep.Name), ledger.Attempts(sweep.Name),
            ledger.Uses(-1, sweep.Name).Runs);
        var report = settings?.ResultsFolder is { } folder ? Path.Combine(folder, "report.html") : null;
        return new SweepNotice(
            "sweep-ended", sweep.Name, ledger.Now, sweep.States,
            attempts.Count > 0 ? ((attempts.Max(a => a.Ended) ?? ledger.Now) - attempts.Min(a => a.Began)).TotalSeconds
                : null,
            uses.Count > 0 ? SweepCost.OfRuns(uses, CostRates.Parse(settings?.Grid)) : null,
            File.Exists(report) ? report : null, sweep.Flagged);
    }
}

/// <summary>
/// Tells somebody, by a POST with one line of JSON, that sweeps have ended: each end once, whatever is started again.
/// What cannot be told is a line
/// in the log and costs no run.
/// </summary>
/// <param name="ledger">Remembers what was told.</param>
/// <param name="options">Who is told.</param>
/// <param name="report">Hears of it.</param>
public sealed class NoticeSender(Ledger ledger, NoticeOptions options, Action<SweepProgress> report)
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };
    private static readonly TimeSpan MaxBackOff = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _underWay = [];
    private bool _hasBegun;

    /// <summary>Whether somebody is being told something.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_gate) return _underWay.Count > 0;
        }
    }

    /// <summary>
    /// Notes what has ended already: of that nobody is told whom nothing was ever told. Before anything runs, so that
    /// what ends next is news.
    /// </summary>
    /// <exception cref="DbException">The ledger cannot be reached: the next call of <see cref="Begin"/> does
    /// it.</exception>
    public void Start()
    {
        ledger.BeginNotices(options.Name,
            [.. ledger.Sweeps().Select(s => (s.Name, Stamp: EndOf(s))).Where(s => s.Stamp is not null)!]);
        _hasBegun = true;
    }

    /// <summary>Begins to tell of the sweeps that have ended and of which nobody was told.</summary>
    /// <param name="sweeps">The sweeps to look at.</param>
    /// <param name="ended">Called when what was begun has ended, however.</param>
    /// <param name="stop">Asks to stop trying.</param>
    /// <exception cref="DbException">The ledger cannot be reached.</exception>
    public void Begin(IReadOnlyList<SweepSummary> sweeps, Action? ended, CancellationToken stop)
    {
        if (!_hasBegun) Start();
        foreach (var sweep in sweeps)
        {
            if (EndOf(sweep) is not { } stamp || stop.IsCancellationRequested) continue;
            lock (_gate)
            {
                if (_underWay.Contains(sweep.Name) || !ledger.ClaimNotice(options.Name, sweep.Name, stamp)) continue;
                _underWay.Add(sweep.Name);
            }
            _ = Task.Run(async () =>
            {
                await SendNoticeAsync(sweep, stamp, stop);
                lock (_gate) _underWay.Remove(sweep.Name);
                ended?.Invoke();
            }, CancellationToken.None);
        }
    }

    /// <summary>
    /// Tells of a sweep, if it has ended and nobody was told; returns when it was, or when there is no use in trying.
    /// </summary>
    public async Task SendNoticeAsync(SweepSummary sweep, CancellationToken stop)
    {
        if (EndOf(sweep) is { } stamp && ledger.ClaimNotice(options.Name, sweep.Name, stamp))
            await SendNoticeAsync(sweep, stamp, stop);
    }

    /// <summary>
    /// Names the end of a sweep, another end another name; null where it has not ended. It has when every run has, and
    /// its report is made or cannot
    /// be, and when its deadline has left runs that nothing will start.
    /// </summary>
    private string? EndOf(SweepSummary sweep) => sweep.EndStamp is { } stamp
        ? !sweep.ReportIsDue || sweep.ReportFailure is not null ? stamp : null
        : sweep.Deadline is { } deadline && deadline <= ledger.Now && sweep.In(RunState.Running) == 0
            ? FormattableString.Invariant(
                $"deadline {deadline.ToUnixTimeMilliseconds()}, {sweep.In(RunState.Pending)} left") : null;

    private async Task SendNoticeAsync(SweepSummary sweep, string stamp, CancellationToken stop)
    {
        var end = NoticeEnd.Interrupted;
        try
        {
            end = await TryAsync(sweep.Name, RunJson.Serialize(SweepNotice.Create(ledger, sweep)) + "\n", stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Whoever is started next goes on.
        }
        catch (DbException e)
        {
            report(new SweepProgress.Trouble(
                $"{options.DisplayName} is not told that {sweep.Name} has ended: the ledger cannot be read "
                    + $"({e.Message})"));
        }
        try
        {
            ledger.EndNotice(options.Name, sweep.Name, stamp, end);
        }
        catch (DbException)
        {
            // It stays noted as being told, and is not told again.
        }
        if (end == NoticeEnd.Told) report(new SweepProgress.Told(sweep.Name, options.DisplayName));
    }

    private async Task<NoticeEnd> TryAsync(string sweep, string line, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var wait = options.BackOff; ; wait = wait * 2 < MaxBackOff ? wait * 2 : MaxBackOff)
        {
            if (await SendAsync(line, stop) is not { } why) return NoticeEnd.Told;
            var giveUp = TimeProvider.System.GetElapsedTime(began) + wait > options.Timeout;
            var next = giveUp ? "given up" : FormattableString.Invariant($"again in {wait.TotalSeconds:0.#} s");
            report(new SweepProgress.Trouble($"{options.DisplayName} was not told that {sweep} has ended "
                + $"({why}); {next}"));
            if (giveUp) return NoticeEnd.GivenUp;
            await Task.Delay(wait, stop);
        }
    }

    /// <summary>Sends it once; why it was not heard, null where it was.</summary>
    private async Task<string?> SendAsync(string line, CancellationToken stop)
    {
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(line));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            using var answer = await Client.PostAsync(options.To, content, stop);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError == HttpRequestError.Unknown ? e.Message : e.HttpRequestError.ToString();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return "no answer in time";
        }
    }
}
