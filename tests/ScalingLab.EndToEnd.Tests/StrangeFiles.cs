using System.Net;
using System.Net.Sockets;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// Pipes, devices, links to nowhere, folders and endless files where a file is named: said at once, whatever it was to
/// hold.
/// </summary>
public sealed class StrangeFiles : IDisposable
{
    private const string Grid = """
        { "name": "own", "data": { "corpus": "text", "paths": ["text.txt"], "tokenizer": { "kind": "bytes" } },
          "models": ["micro-28k"], "lengths": [{ "tokens": 1e5 }]
        """;

    private readonly Lab _lab = new();

    public static TheoryData<string> Strange => ["/dev/zero", "pipe", "nowhere", "folder", "endless"];

    public StrangeFiles()
    {
        if (OperatingSystem.IsWindows()) return;
        Programs.Run("mkfifo", _lab.At("pipe"));
        File.CreateSymbolicLink(_lab.At("nowhere"), "not-there");
        Directory.CreateDirectory(_lab.At("folder"));
        // takes no room on the disk
        using (var endless = File.Create(_lab.At("endless"))) endless.SetLength(3_000_000_000);
        _lab.Write("text.txt", string.Concat(Enumerable.Range(0, 500).Select(i => $"A sentence, number "
            + $"{i} of many.\n")));
    }

    [Theory, MemberData(nameof(Strange))]
    public async Task A_file_that_a_command_names_is_refused_with_exit_code_2(string file)
    {
        await RefusedAsync("plan", file);
        await RefusedAsync("run", file);
        await RefusedAsync("fit", file);
        await RefusedAsync("import", file);
        if (file != "nowhere") await RefusedAsync("status", "--ledger", file);
        await RefusedAsync("tune", "--rule", file, "--predict", "N=1e6,D=1e7");
        await RefusedAsync("attempt", "0123456789abcdef", "--environment", file);
    }

    // A kind each: every kind is refused wherever a file is named, as above.
    [Fact]
    public async Task A_file_that_lies_where_one_is_looked_for_is_refused_with_exit_code_2()
    {
        _lab.Write("grid.json", Grid + ", \"recipe\": { \"sizeRule\": \"rule.json\" } }");
        var quickstart = Repository.At("results/quickstart");
        foreach (var name in (string[])["runs.csv", "curves.csv", "fit.json"])
            File.Copy(Path.Combine(quickstart, name), _lab.Write($"results/{name}", ""), overwrite: true);
        foreach (var (name, file) in new[]
        {
            ("rule.json", "pipe"), ("results/fit.json", "/dev/zero"), ("results/curves.csv", "folder"),
            ("results/runs.csv", "endless"), ("home/token", "pipe"),
        })
        {
            Directory.CreateDirectory(_lab.At("home"));
            File.Delete(_lab.At(name));
            File.CreateSymbolicLink(_lab.At(name), Path.Combine(_lab.Folder, file));
            string[] command = name switch
            {
                "rule.json" => ["plan", "grid.json"],
                "home/token" => ["serve", "--port", "0"],
                _ => ["report", "results"],
            };
            await RefusedAsync(command);
        }
    }

    [Fact]
    public async Task Looking_through_a_link_to_nowhere_makes_no_ledger()
    {
        Assert.Equal(0, (await _lab.RunAsync("status", "--ledger", "nowhere")).ExitCode);
        Assert.False(File.Exists(_lab.At("not-there")));
    }

    [Fact]
    public async Task A_schema_that_a_grid_names_is_never_fetched()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _lab.Write("grid.json", Grid + $", \"$schema\": \"http://127.0.0.1:{port}/grid.schema.json\" }}");
        var answer = await _lab.RunAsync("plan", "grid.json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.False(listener.Pending());

        // The listener would have seen it.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        Assert.True(listener.Pending());
    }

    public void Dispose() => _lab.Dispose();

    private async Task RefusedAsync(params string[] arguments)
    {
        var answer = await _lab.RunAsync(arguments);
        Assert.True(answer.ExitCode == 2, $"{string.Join(' ', arguments)}: {answer}");
        Assert.Single(answer.Problems);
        Assert.DoesNotContain("log:", answer.Error, StringComparison.Ordinal);
    }
}
