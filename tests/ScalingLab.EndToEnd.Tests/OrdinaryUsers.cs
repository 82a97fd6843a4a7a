using System.Diagnostics;
using System.Runtime.Versioning;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// Files and folders that the user may not read or write: root may, so that where the tests are root's <c>lab</c> is
/// run as nobody.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class OrdinaryUsers : IDisposable
{
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly Lab _lab = new() { Starter = OrdinaryUserFactAttribute.Starter };

    public OrdinaryUsers()
    {
        File.SetUnixFileMode(_lab.Folder, Open);
        Directory.CreateDirectory(_lab.At("home"));
        if (Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(_lab.At("home"), Open | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        _lab.Write("text.txt", string.Concat(Enumerable.Range(0, 500).Select(i => $"A sentence, number "
            + $"{i} of many.\n")));
        _lab.Write("grid.json", """
            { "name": "own", "data": { "corpus": "text", "paths": ["text.txt"], "tokenizer": { "kind": "bytes" } },
              "models": ["micro-28k"], "lengths": [{ "tokens": 1e5 }] }
            """);
    }

    [OrdinaryUserFact]
    public async Task A_file_that_may_not_be_read_is_said_in_one_line()
    {
        foreach (var name in (string[])["grid.json", "table.csv", "runs.gz", "rule.json", "out/runs.csv"])
            Shut(_lab.Write($"shut/{name}", "x"));
        await RefusedAsync("shut/grid.json: cannot be read: Access to the path", "plan", "shut/grid.json");
        await RefusedAsync("shut/table.csv: cannot be read: Access to the path", "fit", "shut/table.csv");
        await RefusedAsync("shut/runs.gz: cannot be read: Access to the path", "import", "shut/runs.gz");
        await RefusedAsync("shut/rule.json: cannot be read: Access to the path", "tune", "--rule", "shut/rule.json",
            "--predict", "N=1e6,D=1e7");
        await RefusedAsync("out/runs.csv: cannot be read: Access to the path", "tune", "--fit-only", "shut/out",
            "--out", "home/out");
        Shut(_lab.At("text.txt"));
        await RefusedAsync("text.txt: the file cannot be read: Access to the path", "plan", "grid.json");
    }

    [OrdinaryUserFact]
    public async Task A_folder_that_may_not_be_looked_into_is_not_taken_for_one_without_the_file()
    {
        _lab.Write("shut/grid.json", "{}");
        Shut(_lab.At("shut"));
        await RefusedAsync("shut/grid.json: cannot be read: Access to the path", "plan", "shut/grid.json");
        await RefusedAsync("shut/table.csv: cannot be read: Access to the path", "fit", "shut/table.csv");
        await RefusedAsync("shut/ledger.db: cannot be looked at: Access to the path", "status", "--ledger",
            "shut/ledger.db");
        File.SetUnixFileMode(_lab.At("shut"), Open);
    }

    [OrdinaryUserFact]
    public async Task A_ledger_that_may_not_be_read_or_written_is_said_and_stays_as_it_is()
    {
        using var own = new Lab();
        own.Environment["SCALINGLAB_HOME"] = _lab.At("made");
        var made = await own.RunAsync("queue", _lab.At("grid.json"), "--ledger", _lab.At("ledger.db"));
        Assert.True(made.ExitCode == 0, made.ToString());
        File.Copy(_lab.At("ledger.db"), _lab.At("shut.db"));
        Shut(_lab.At("shut.db"));
        Directory.CreateDirectory(_lab.At("fixed"));
        File.Copy(_lab.At("ledger.db"), _lab.At("fixed/ledger.db"));
        File.SetUnixFileMode(_lab.At("fixed/ledger.db"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_lab.At("fixed"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var before = await File.ReadAllBytesAsync(_lab.At("fixed/ledger.db"));

        await RefusedAsync("shut.db: cannot be opened", "status", "--ledger", "shut.db");
        await RefusedAsync("ledger.db: cannot be written", "pause", "own", "--ledger", "fixed/ledger.db");
        await RefusedAsync("new.db: cannot be opened", "queue", "grid.json", "--ledger", "fixed/new.db");
        Assert.Equal(before, await File.ReadAllBytesAsync(_lab.At("fixed/ledger.db")));
        File.SetUnixFileMode(_lab.At("fixed"), Open);
    }

    [OrdinaryUserFact]
    public async Task A_folder_that_may_not_be_written_is_said_before_anything_is_done()
    {
        _lab.Write("fixed/runs.csv", "x");
        File.SetUnixFileMode(_lab.At("fixed"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await RefusedAsync("the folder fixed cannot be written", "report", "fixed");
        await RefusedAsync("/fixed/new cannot be written", "run", "grid.json", "--out", "fixed/new");
        await RefusedAsync("the folder fixed/figures cannot be written", "fit", "--demo", "chinchilla", "--figures",
            "fixed/figures");
        _lab.Environment["SCALINGLAB_HOME"] = _lab.At("fixed");
        foreach (var command
            in (string[][])[["plan", "grid.json"], ["run", "grid.json"], ["queue", "grid.json"], ["node"],
                ["serve", "--port", "0"]])
            await RefusedAsync("SCALINGLAB_HOME: the folder", command);
        File.SetUnixFileMode(_lab.At("fixed"), Open);
    }

    [OrdinaryUserFact]
    public async Task A_token_that_may_not_be_read_is_said()
    {
        Shut(_lab.Write("home/token", "a-token-of-the-tests"));
        await RefusedAsync("home/token: cannot be read: Access to the path", "serve", "--port", "0");
    }

    public void Dispose() => _lab.Dispose();

    private static void Shut(string path) => File.SetUnixFileMode(path, UnixFileMode.None);

    private async Task RefusedAsync(string problem, params string[] arguments)
    {
        var answer = await _lab.RunAsync(arguments);
        Assert.True(answer.ExitCode == 2, $"{problem}: {answer}");
        Assert.Contains(problem, Assert.Single(answer.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain("log:", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Error, StringComparison.Ordinal);
    }
}

/// <summary>
/// A test of what an ordinary user meets: skipped where this one is root and <c>lab</c> cannot be run as nobody.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrdinaryUserFactAttribute : FactAttribute
{
    private static readonly string[] AsNobody =
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=-all"];

    private static readonly Lazy<string?> Lack = new(() =>
    {
        if (OperatingSystem.IsWindows()) return "files have no such permissions here";
        if (!Environment.IsPrivilegedProcess) return null;
        try
        {
            string[] words = [.. AsNobody, "test", "-r", Lab.Program, "-a", "-x", Lab.Dotnet];
            using var tried =
                Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true })!;
            tried.WaitForExit();
            return tried.ExitCode == 0 ? null
                : "root may read everything, and nobody may not run the programs in this folder";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "root may read everything, and there is no setpriv to run lab as nobody";
        }
    });

    public OrdinaryUserFactAttribute() => Skip = Lack.Value;

    /// <summary>Begins a command line that is run as an ordinary user.</summary>
    internal static IReadOnlyList<string> Starter =>
        !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess ? AsNobody : [];
}
