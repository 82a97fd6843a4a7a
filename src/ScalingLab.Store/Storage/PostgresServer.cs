using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ScalingLab.Store.Storage;

/// <summary>
/// A real PostgreSQL server of our own: a cluster made by initdb in a temporary folder, on a Unix socket there and on a
/// loopback port. It and its folder are gone at the end, also when the process that started it is killed: a shell waits
/// for the end of its standard input.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly string[] Programs = ["initdb", "postgres", "pg_ctl", "psql"];
    private static readonly string? Bin = FindBin();
    private readonly string _folder;
    private readonly Process _undertaker;
    private int _databases;

    private PostgresServer(string folder, string password, int port, Process undertaker)
    {
        (_folder, Password, Port, _undertaker) = (folder, password, port, undertaker);
    }

    /// <summary>Why no server can be started on this machine; null where one can.</summary>
    public static string? WhyNot { get; } = Bin is null
        ? "PostgreSQL's programs (Debian's package postgresql) are not installed."
        : Environment.IsPrivilegedProcess && !File.ReadLines("/etc/passwd")
        .Any(l => l.StartsWith("postgres:", StringComparison.Ordinal))
            ? "PostgreSQL does not run as root, and there is no user postgres."
            : null;

    /// <summary>The loopback port.</summary>
    public int Port { get; }

    /// <summary>The password of the user postgres on the loopback port; the socket asks for none.</summary>
    public string Password { get; }

    /// <summary>The folder of the Unix socket.</summary>
    public string Socket => _folder;

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="durable">Whether a commit waits for the disk: slower, as in real life.</param>
    public static PostgresServer Start(bool durable = false)
    {
        if (WhyNot is { } why) throw new InvalidOperationException(why);
        var folder = Directory.CreateTempSubdirectory("scalinglab-postgres-").FullName;
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var passwordFile = Path.Combine(folder, "password");
        File.WriteAllText(passwordFile, password);
        if (Environment.IsPrivilegedProcess) Run("chown", ["-R", "postgres:", folder]);
        var server = new PostgresServer(folder, password, FreePort(), Undertaker(folder));
        try
        {
            RunAsOwner("initdb", [
                "-D", server.Data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
                    "--auth-local=trust",
                "--auth-host=scram-sha-256", $"--pwfile={passwordFile}",
            ]);
            File.AppendAllText(Path.Combine(server.Data, "postgresql.conf"),
                string.Create(CultureInfo.InvariantCulture, $"""

                port = {server.Port}
                listen_addresses = '127.0.0.1'
                unix_socket_directories = '{folder}'
                max_connections = 300
                shared_buffers = 64MB
                fsync = {(durable ? "on" : "off")}

                """));
            server.StartAgain();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Makes an empty database; its address, with the password.</summary>
    public string NewDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"ledger{Interlocked.Increment(ref _databases)}");
        Sql("postgres", $"CREATE DATABASE {name}");
        return Address(name);
    }

    /// <summary>The address of a database, with the password.</summary>
    public string Address(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://postgres:{Password}@127.0.0.1:{Port}/{database}");

    /// <summary>
    /// Runs a statement as the owner of everything; what psql printed, unaligned and without headers.
    /// </summary>
    public string Sql(string database, string sql) => Run(Path.Combine(Bin!, "psql"), [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", _folder, "-p",
            Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres",
        "-d", database, "-c", sql,
    ]).Trim();

    /// <summary>Stops the server at once, as a power cut does: no connection is told.</summary>
    public void Stop() => RunAsOwner("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"]);

    /// <summary>Starts the stopped server, and waits until it answers.</summary>
    public void StartAgain() =>
        RunAsOwner("pg_ctl", ["-D", Data, "-l", Path.Combine(_folder, "log"), "-w", "-t", "60", "start"]);

    /// <summary>Stops the server and deletes its folder.</summary>
    public void Dispose()
    {
        _undertaker.StandardInput.Close();
        _undertaker.WaitForExit(30_000);
        _undertaker.Dispose();
    }

    private string Data => Path.Combine(_folder, "data");

    // In a session of its own, deaf to what ends a whole group of processes (Ctrl-C, a time limit): it is there for
    // just that moment.
    private static Process Undertaker(string folder)
    {
        var command = Owner("setsid");
        return Process.Start(new ProcessStartInfo(
            command[0],
            [
                .. command[1..], "sh", "-c",
                "trap '' HUP INT TERM; cat > /dev/null; \"$1/pg_ctl\" -D \"$2/data\" -m immediate -w stop > /dev/null "
                    + "2>&1; rm -rf \"$2\"", "sh",
                Bin!, folder,
            ])
            { RedirectStandardInput = true, WorkingDirectory = "/" })!;
    }

    private static void RunAsOwner(string program, IEnumerable<string> arguments)
    {
        var command = Owner(Path.Combine(Bin!, program));
        Run(command[0], [.. command[1..], .. arguments]);
    }

    // PostgreSQL refuses to run as root.
    private static string[] Owner(string program) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", program]
        : [program];

    private static string Run(string program, IReadOnlyList<string> arguments)
    {
        var start =
            new ProcessStartInfo(program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)}: "
                + $"{output}{errors.Result}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Debian keeps the server's programs off the PATH, a folder a version.
    private static string? FindBin()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(d =>
                    int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(d => Path.Combine(d, "bin"))
            : [];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(debian)
            .FirstOrDefault(d => Programs.All(p => File.Exists(Path.Combine(d, p))));
    }
}
