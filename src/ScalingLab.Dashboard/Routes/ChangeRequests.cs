using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;

namespace ScalingLab.Dashboard.Routes;

/// <summary>What a request for a change may say; what the change does not know is refused.</summary>
internal interface IChangeRequest
{
    /// <summary>What a body may hold, in words.</summary>
    static abstract string Expected { get; }
}

/// <summary>For a change that is told nothing.</summary>
internal sealed record EmptyRequest : IChangeRequest
{
    public static string Expected => "nothing";
}

/// <param name="Run">One run of the sweep; all of them unless given.</param>
internal sealed record RunRequest(string? Run = null) : IChangeRequest
{
    public static string Expected => "a JSON object with run, or nothing";
}

/// <param name="Until">When a yield ends: HH:MM, or a date and a time with an offset.</param>
/// <param name="For">How long it lasts instead: 90m, 4h.</param>
internal sealed record YieldRequest(string? Until = null, string? For = null) : IChangeRequest
{
    public static string Expected =>
        "a JSON object with until or for, or nothing; a sweep, a node or everything yields as a whole, no single run";

    /// <summary>The end of the yield, null where only a resume ends it.</summary>
    /// <exception cref="InputException">Both are given, or one is no time.</exception>
    public DateTimeOffset? End(Ledger queue) => this switch
    {
        { Until: null, For: null } => null,
        { Until: { } text, For: null } => TimeParser.ParseMoment(text, queue.Now, TimeZoneInfo.Local, "until"),
        { Until: null, For: { } text } => queue.Now + TimeParser.ParseDuration(text, "for"),
        _ => throw new InputException("for", "says when, and so does until: give one of the two"),
    };
}

/// <param name="Priority">Higher first.</param>
internal sealed record PriorityRequest([property: JsonRequired] int Priority) : IChangeRequest
{
    public static string Expected => "a JSON object with priority, a whole number";
}

/// <param name="Window">
/// When it may run, as "20:00-08:00" or "mon-fri 20:00-08:00 Europe/Berlin"; null is at any time.
/// </param>
internal sealed record WindowRequest([property: JsonRequired] string? Window) : IChangeRequest
{
    public static string Expected => "a JSON object with window: a text as \"20:00-08:00\", or null for any time";
}

/// <param name="Deadline">When it has to end: HH:MM, or a date and a time with an offset; null is never.</param>
internal sealed record DeadlineRequest([property: JsonRequired] string? Deadline) : IChangeRequest
{
    public static string Expected => "a JSON object with deadline: a text as \"07:30\", or null for none";

    /// <summary>The deadline, null where there is to be none.</summary>
    /// <exception cref="InputException">It is no time, or over.</exception>
    public DateTimeOffset? At(Ledger queue) => Deadline is { } text
        ? TimeParser.ParseMoment(text, queue.Now, TimeZoneInfo.Local, "deadline") : null;
}

/// <summary>Reads what a request wishes: a small JSON object that comes in time; nothing is an empty one.</summary>
internal static class ChangeRequests
{
    /// <summary>Bytes of the largest body.</summary>
    public const int MaxBytes = 4096;

    private static readonly JsonSerializerOptions Strict = new(RunJson.Options) { AllowDuplicateProperties = false };

    /// <summary>How long headers, and after them the body, may take.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(10);

    /// <exception cref="InputException">It is no such object.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, too slow or no HTTP: the status to answer
    /// with.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request)
        where T : IChangeRequest
    {
        if (request.QueryString.HasValue)
            throw new InputException("address",
                "has a '?': what a change is told stands in the body, as a JSON object");
        var body = await BodyAsync(request);
        try
        {
            return JsonSerializer.Deserialize<T>(body.Length == 0 ? "{}"u8 : body, Strict)
                ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw new InputException("body", $"is not what this change takes: {T.Expected}");
        }
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        var gone = request.HttpContext.RequestAborted;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(gone);
        late.CancelAfter(Timeout);
        using var body = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(body, late.Token);
            return body.ToArray();
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw new BadHttpRequestException($"the body did not come within {Timeout.TotalSeconds} s",
                StatusCodes.Status408RequestTimeout);
        }
        catch (Exception e) when (e is IOException and not BadHttpRequestException or InvalidOperationException)
        {
            // The latter of headers behind the body that are no text.
            throw new BadHttpRequestException($"the body cannot be read: {e.Message}", StatusCodes.Status400BadRequest,
                e);
        }
    }
}
