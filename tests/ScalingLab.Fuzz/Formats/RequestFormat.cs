using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using ScalingLab.Dashboard;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Fuzz.Mutations;
using ScalingLab.Runs.Grids;
using ScalingLab.Store;
using ScalingLab.Testing;

namespace ScalingLab.Fuzz.Formats;

/// <summary>
/// Bytes sent to the page's real server on a free port, with its token: answered or refused, never with a fault of the
/// server's own, and after each the page still answers.
/// </summary>
internal sealed partial class RequestFormat : FuzzFormat
{
    private const string Token = "a-token-of-the-fuzzing";
    private const string Sweep = "ladder";
    private const int Latest = 5000; // milliseconds until an answer

    // What was not answered by then is mostly no whole request: the client goes, instead of waiting with the server for
    // more.
    private const int Silence = 400;

    private static readonly string[] Methods =
        ["POST", "POST", "POST", "POST", "GET", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT",
        "PATCH", "post", "P\0ST", ""];

    private static readonly string[] Paths =
    [
        "/api/sweeps", "/api/sweeps/ladder", "/api/sweeps/ladder/curves", "/api/sweeps/ladder/events",
            "/api/sweeps/ladder/pause",
        "/api/sweeps/ladder/resume",
        "/api/sweeps/ladder/cancel", "/api/sweeps/ladder/retry", "/api/sweeps/ladder/yield", "/api/nodes/node-a/yield",
            "/api/nodes/node-a/resume",
        "/api/yield",
        "/api/resume", "/api/access", "/", "/index.html", "/page.js", "/api/sweeps/ladder/runs/0/log?attempt=-1",
        "/api/timeline?hours=1e999", "/results/ladder/..%2f..", "/api/sweeps/ladder/window",
        "*", "http://localhost/api/sweeps", "//", "/api//sweeps",
        "/api/sweeps/", "/api/nodes", "/api/openapi.json", "/healthz", "/metrics",
    ];

    private static readonly string[] Pieces =
    [
        "%00", "%2F", "%2e%2e/", "../", "..%5c", "%ff", "%ED%A0%80", "%u0041", "%", "%%", "?", "?token=x", "?run=1",
            "?points=7",
        "#", "\\", ";", "\u00e9", "\t", "%0d%0aX: y", "//", ":", "@",
    ];

    private static readonly string[] Bodies =
    [
        "{}", "null", "", """{"run":"0123456789abcdef"}""",
        """{"until":"07:30"}""", """{"for":"90m"}""", """{"until":"2026-01-01T00:00:00Z"}""",
            """{"for":"1h","until":"07:30"}""",
    ];

    private static readonly string[] Words =
        ["run", "until", "for", "07:30", "24:00", "-1m", "99999999h", "1e9d", "4h", "sweep",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"];

    private readonly JsonMutator _mutator = new(Words);
    private readonly StringWriter _log = new();
    private readonly TextWriter _error = Console.Error;
    private readonly LedgerHandle _ledger;
    private readonly WebApplication _page;
    private readonly int _port;

    public RequestFormat(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "ledger.db");
        using (var ledger =
            Ledger.OpenSqlite(file)) ledger.PutSweep(
                new Sweep(Sweep, "Does it learn?", [.. Enumerable.Range(1, 3).Select(TinyCell.Create)]));
        Console.SetError(TextWriter.Synchronized(_log));
        var order = new ServerSettings(file, 0, "127.0.0.1", Token);
        _ledger = new LedgerHandle(file);
        _page = Server.Build(order, _ledger);
        _page.StartAsync().GetAwaiter().GetResult();
        _port = new Uri(_page.Urls.Single()).Port;
        foreach (var whole in Whole) Send(whole.Bytes, Latest); // what is compiled first takes longer than that silence
    }

    public override IReadOnlyList<FuzzInput> Whole =>
    [
        .. new[]
            { "GET /api/sweeps", "GET /api/sweeps/ladder", "POST /api/sweeps/ladder/pause",
                "POST /api/resume" }.Select(line => new FuzzInput(
            ".http",
            Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + $"{Token}\r\nContent-Length: 2\r\n\r\n{{}}"))),
    ];

    public override FuzzInput Make(Random random)
    {
        var path = Oddities.Of(random, Paths);
        for (var i = random.Next(4) == 0 ? 1 + random.Next(3) : 0; i > 0; i--)
        {
            var at = random.Next(path.Length + 1);
            path = path[..at]
                + (random.Next(10) == 0 ? new string('a', Oddities.Length(random)) : Oddities.Of(random, Pieces))
                + path[at..];
        }

        var body = Oddities.Of(random, Bodies);
        if (body.StartsWith('{') && random.Next(3) > 0) body = _mutator.Mutate(body, random);
        var bytes = Encoding.UTF8.GetBytes(body);
        if (random.Next(8) == 0) bytes = ByteMutator.Mutate(bytes, random);
        var (framing, content) = Framed(bytes, random);
        var version = random.Next(20) == 0 ? Oddities.Of(random, ["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP", ""])
            : "HTTP/1.1";
        var head = new StringBuilder($"{Oddities.Of(random, Methods)} {path} {version}\r\n");
        List<string> headers =
            [random.Next(20) == 0 ? "Host: other.example" : "Host: localhost", $"Authorization: Bearer {Token}",
                .. framing];
        for (var i = random.Next(3) == 0 ? 1 + random.Next(3) : 0; i > 0; i--)
            headers.Insert(random.Next(headers.Count + 1), Header(random));
        if (random.Next(20) == 0) headers.RemoveAt(random.Next(headers.Count));
        foreach (var header in headers) head.Append(header).Append("\r\n");
        byte[] all = [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. content];
        return new FuzzInput(".http", random.Next(8) == 0 ? ByteMutator.Mutate(all, random) : all);
    }

    public override bool Read(FuzzInput input, string file)
    {
        var status = Send(input.Bytes, Silence);
        if (status is >= 500 and not (501 or 505)) throw new FindingException($"status {status}: {Said()}");
        if (Send(Encoding.ASCII.GetBytes("GET /api/sweeps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            Latest) is not 200 and var next)
            throw new FindingException($"after it the page answers with {next}");
        var said = Said();
        if (StackTrace().IsMatch(said) || said.Contains(" 500, ",
            StringComparison.Ordinal))
            throw new FindingException($"the log has of this request, or of one just before: {said}");
        return status is >= 200 and < 300;
    }

    public override void Dispose()
    {
        _page.StopAsync().GetAwaiter().GetResult();
        ((IAsyncDisposable)_page).DisposeAsync().AsTask().GetAwaiter().GetResult();
        _ledger.Dispose();
        Console.SetError(_error);
        _log.Dispose();
        base.Dispose();
    }

    /// <summary>The body, and the headers that say how long it is, or lie.</summary>
    private static (string[] Headers, byte[] Content) Framed(byte[] body, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                string[] lengths =
                    ["0", "1", "-1", "99999999999999999999", "4096", "4097", "1048576", "9223372036854775807", "1e3",
                        "", " 2", "2, 2", "0x2"];
                return ([$"Content-Length: {Oddities.Of(random, lengths)}"], body);
            case 1:
                string[] sizes =
                    ["FFFFFFFFFFFFFFFF", "7FFFFFFF", "-1", "none", "0", "", "1;x=y", "00000000000000000002", "2 "];
                return (["Transfer-Encoding: chunked"],
                    [.. Encoding.ASCII.GetBytes(Oddities.Of(random, sizes) + "\r\n"), .. body, .. "\r\n0\r\n\r\n"u8]);
            case 2:
                return (["Transfer-Encoding: chunked"],
                    [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8]);
            case 3:
                string[] both = [$"Content-Length: {body.Length}", "Transfer-Encoding: chunked"];
                return (both, body);
            default:
                return ([$"Content-Length: {body.Length}"], body);
        }
    }

    private static string Header(Random random) => random.Next(10) switch
    {
        0 => $"X: {new string('x', Oddities.Length(random))}",
        1 => $"{new string('n', 1 + random.Next(200))}: 1",
        2 => "Expect: 100-continue",
        3 => "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA",
        4 => "Origin: http://other.example",
        5 => $"Cookie: lab-1={Token}; {Oddities.Text(random)}",
        6 => $"Content-Encoding: {Oddities.Of(random, ["gzip", "br", "x"])}",
        7 => $"Range: bytes={random.Next(10)}-{random.Next(-5, 100)}",
        8 => $"Accept: {Oddities.Text(random)}",
        _ => $"{Oddities.Text(random)}: {Oddities.Text(random)}",
    };

    /// <summary>The answer's status; null where the connection was closed without one.</summary>
    private int? Send(byte[] request, int patience)
    {
        using var client = new TcpClient { ReceiveTimeout = Latest, NoDelay = true };
        client.Connect(IPAddress.Loopback, _port);
        var stream = client.GetStream();
        try
        {
            stream.Write(request);
        }
        catch (IOException)
        {
            return null; // closed while it was still being sent
        }

        try
        {
            if (!client.Client.Poll(patience * 1000, SelectMode.SelectRead))
                client.Client.Shutdown(SocketShutdown.Send);
            var answer = new byte[64];
            var read = stream.ReadAtLeast(answer, 12, throwOnEndOfStream: false);
            return Status().Match(Encoding.ASCII.GetString(answer, 0, read)) is { Success: true } found
                ? int.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
                : null;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut })
        {
            throw new FindingException($"no answer and no end within {Latest / 1000} s");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null; // closed with something unread
        }
    }

    private string Said()
    {
        lock (_log)
        {
            var said = _log.ToString();
            _log.GetStringBuilder().Clear();
            return said;
        }
    }

    [GeneratedRegex(@"^HTTP/1\.[01] (\d{3})")]
    private static partial Regex Status();

    [GeneratedRegex(@"^\s+at \w", RegexOptions.Multiline)]
    private static partial Regex StackTrace();
}
