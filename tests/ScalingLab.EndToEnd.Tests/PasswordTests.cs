namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// Who looks for a password in the list of all processes, and who gives one as an argument, do so one after the other:
/// they share a server, and with it the password.
/// </summary>
[CollectionDefinition(nameof(Passwords))]
public sealed class Passwords;

/// <summary>Where the ledger's password may be, and where not.</summary>
[Collection(nameof(Passwords))]
public sealed class PasswordTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [PostgresFact]
    public async Task The_ledgers_password_is_in_no_log_no_list_of_processes_no_file_and_not_in_the_ledger()
    {
        using var queue = new QueueLab(Place.Postgres, "1=crash,complete", stepMilliseconds: 50);
        queue.WriteGrid("secret", 2, 80);
        var password = QueueLab.Server.Password;
        queue.Lab.Environment["SCALINGLAB_TOKEN"] = "a-token-of-this-test";
        queue.Lab.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer a-header-of-this-test";
        List<string> said = [await queue.DoAsync("queue", "grid.json", "--out", queue.Lab.Out)];
        var daemon = queue.Start("serve", "--port", "0", "--slots", "2");
        await daemon.UntilAsync(() => daemon.HasSaid("started"), "a start");
        foreach (var secret in new[] { password, "a-token-of-this-test", "a-header-of-this-test" })
        {
            Assert.All(Directory.EnumerateDirectories("/proc"),
                p => Assert.DoesNotContain(secret, Read(Path.Combine(p, "cmdline")), StringComparison.Ordinal));
            var workers = daemon.Workers()
                .Where(w => Read($"/proc/{w}/cmdline").Contains("DummyWorker", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(workers);
            Assert.All(workers,
                w => Assert.DoesNotContain(secret, Read($"/proc/{w}/environ"), StringComparison.Ordinal));
        }
        await daemon.UntilAsync(() => daemon.HasSaid("reported secret"), "the report");
        daemon.Signal(RunningLab.Terminate);
        var ended = await daemon.EndAsync(Minute);

        // What fails is where passwords slip out: a server that is not there, a database that is not, a wrong password,
        // an address that is none.
        var (wrongPort, wrongName) = ($"postgres://postgres:{password}@127.0.0.1:1/x", queue.Address + "-is-not-there");
        var wrongPassword = queue.Address.Replace(password, password + "x", StringComparison.Ordinal);
        foreach (var place in new[] { wrongPort, wrongName, wrongPassword, $"postgres://u:{password}@" })
        {
            var answer = await queue.Lab.RunAsync("status", "--ledger", place);
            Assert.NotEqual(0, answer.ExitCode);
            said.Add(answer.ToString());
        }
        said.AddRange([ended.ToString(), await queue.DoAsync("status"), await queue.DoAsync("status", "--json")]);
        Assert.DoesNotContain(password, string.Concat(said), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(queue.Lab.Folder, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(password, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var database = queue.Address.Split('/')[^1];
        foreach (var table
            in QueueLab.Server.Sql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").Split('\n'))
            Assert.DoesNotContain(password, QueueLab.Server.Sql(database, $"SELECT t::text FROM {table} t"),
                StringComparison.Ordinal);

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file).Replace('\0', ' ');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return ""; // no process, or one that ended meanwhile
            }
        }
    }
}
