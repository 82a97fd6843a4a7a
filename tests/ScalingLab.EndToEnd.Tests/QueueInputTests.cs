namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// What a person can get wrong with the queue's commands: exit code 2, every problem, and nothing changed.
/// </summary>
public sealed class QueueInputTests : IDisposable
{
    private readonly QueueLab _queue = new(Place.Sqlite);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Everything_that_is_wrong_with_a_wish_is_said_before_any_text_is_read()
    {
        _queue.Lab.Write("grid.json", """{ "name": "a", "models": ["micro-27k"], "lengths": [{ "tokens": 2000 }] }""");
        var answer =
            await _queue.Lab.RunAsync("queue", "grid.json", "--window", "mon 25:00-08:00", "--deadline", "soon",
                "--device", "cuda:0");
        Assert.Equal(2, answer.ExitCode);
        Assert.Collection(
            answer.Problems.Order(StringComparer.Ordinal),
            p => Assert.StartsWith("--deadline: 'soon' is no time", p, StringComparison.Ordinal),
            p => Assert.StartsWith("--device: is 'cuda:0'", p, StringComparison.Ordinal),
            p => Assert.StartsWith("--window: 'mon 25:00-08:00' is no window", p, StringComparison.Ordinal),
            p => Assert.StartsWith("models[0]: no preset is called 'micro-27k'", p, StringComparison.Ordinal));
        Assert.False(Directory.Exists(_queue.Lab.At("home/data")));
    }

    [Fact]
    public async Task A_grid_may_not_name_text_outside_its_folder_unless_a_person_allows_it()
    {
        foreach (var (command, paths) in new[]
        {
            ("plan", "\"../outside\""), ("queue", "\"text\", \"/etc/hostname\""), ("run", "\"text/../../outside\""),
        })
        {
            _queue.WriteGrid("escaping", 1, 4, paths);
            var refused = await _queue.Lab.RunAsync(command, "grid.json");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("outside the grid's folder", Assert.Single(refused.Problems), StringComparison.Ordinal);
        }
        var allowed = await _queue.Lab.RunAsync("plan", "grid.json", "--allow-paths");
        Assert.DoesNotContain("outside the grid's folder", allowed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_are_not_known_and_options_that_contradict_are_said_with_those_that_are()
    {
        Refused(await _queue.Lab.RunAsync("yield", "nothing"), "there is no ledger");
        Refused(await _queue.Lab.RunAsync("status", "nothing"), "no sweep is called 'nothing' (known: none yet)");
        _queue.WriteGrid("known", 1, 4);
        await _queue.DoAsync("queue", "grid.json", "--out", _queue.Lab.Out);
        Refused(await _queue.Lab.RunAsync("yield", "nothing"), "no sweep is called 'nothing' (known: known)");
        Refused(await _queue.Lab.RunAsync("yield", "--node", "nobody"), "no node is called 'nobody' (known: none yet)");
        Refused(await _queue.Lab.RunAsync("yield", "known", "--until", "20:00", "--for", "4h"), "give one of the two");
        Refused(await _queue.Lab.RunAsync("yield", "known", "--for", "soon"), "'soon' is no duration");
        Refused(await _queue.Lab.RunAsync("resume", "nothing"), "no sweep is called 'nothing'");
        Refused(await _queue.Lab.RunAsync("cancel", "known", "ffff"), "has no run 'ffff'");
        Refused(await _queue.Lab.RunAsync("node", "--devices", "cuda:99", "--name", "a/b"),
            "'cuda:99' is not on this machine", "is no name for a node");
        Refused(await _queue.Lab.RunAsync("serve", "--listen", "everywhere", "--port", "99999"), "is no IP address",
            "99999 is no port");
        Refused(await _queue.Lab.RunAsync("status", "--ledger", "postgres://host"), "names no database");
        Refused(await _queue.Lab.RunAsync("queue", "grid.json", "--deadline", "2001-01-01T00:00Z"), "is over");
        _queue.Lab.Environment["SCALINGLAB_TOKEN"] = "short";
        Refused(await _queue.Lab.RunAsync("serve", "--port", "0"), "$SCALINGLAB_TOKEN: is no token");
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_reached_is_said_in_a_line_with_exit_code_1()
    {
        var answer = await _queue.Lab.RunAsync("status", "--ledger", "postgres://nobody@127.0.0.1:1/none");
        Assert.Equal(1, answer.ExitCode);
        Assert.StartsWith("lab: the ledger cannot be used just now", Assert.Single(answer.Error.Trim().Split('\n')),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("queue", "--window", "--deadline", "--priority", "--device", "--out", "--update", "--allow-paths",
        "--ledger")]
    [InlineData("serve", "--port", "--listen", "--page-only", "--name", "--slots", "--devices", "--state", "--ledger")]
    [InlineData("node", "--until-idle", "--name", "--slots", "--threads", "--devices", "--state", "--ledger")]
    [InlineData("yield", "SWEEP", "--node", "--until", "--for", "--ledger")]
    [InlineData("status", "SWEEP", "--watch", "--json", "--ledger")]
    [InlineData("resume", "SWEEP", "--node", "--ledger")]
    public async Task Help_names_every_option(string command, params string[] words)
    {
        var help = await _queue.DoAsync(command, "--help");
        Assert.All(words, w => Assert.Contains(w, help, StringComparison.Ordinal));
    }

    private static void Refused(LabAnswer answer, params string[] words)
    {
        Assert.True(answer.ExitCode == 2, answer.ToString());
        Assert.Equal(words.Length, answer.Problems.Count);
        Assert.All(words, w => Assert.Contains(w, answer.Error, StringComparison.Ordinal));
    }
}
