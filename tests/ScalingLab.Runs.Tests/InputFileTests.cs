using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Tests;

/// <summary>The door for files that somebody names.</summary>
public sealed class InputFileTests : IDisposable
{
    private static readonly FileKind Small = new("a small file", 10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds => [.. All.Keys];

    private static Dictionary<string, FileKind> All { get; } = new[]
    {
        FileKind.Grid, FileKind.Rule, FileKind.Table, FileKind.Fit, FileKind.Text, FileKind.Records, FileKind.Runs,
            FileKind.Settings, FileKind.Prepared,
        FileKind.State,
    }.ToDictionary(kind => kind.What);

    [Theory, MemberData(nameof(Kinds))]
    public void Whatever_a_file_is_to_hold_pipes_devices_folders_and_links_to_nowhere_are_refused_at_once(string what)
    {
        if (OperatingSystem.IsWindows()) return;
        Programs.Run("mkfifo", _folder["pipe"]);
        File.CreateSymbolicLink(_folder["nowhere"], "not-there");
        File.CreateSymbolicLink(_folder["device"], "/dev/zero");
        File.WriteAllText(_folder["empty"], "");
        Refused("no regular file but a pipe or a device", what, "/dev/zero", _folder["pipe"], _folder["device"],
            "/proc/self/maps");
        Refused("the file is empty", what, _folder["empty"]);
        Refused("which is no file", what, _folder["nowhere"]);
        Refused($"is a folder; give {what}", what, _folder.Path);
        Refused("no such file", what, _folder["none"], _folder["none/none"], _folder["empty/none"]);
        Refused("is empty; give", what, "", " ");
    }

    [Fact]
    public void A_file_is_read_to_the_most_that_its_kind_may_have_and_no_further()
    {
        File.WriteAllText(_folder["ten"], "0123456789");
        Assert.Equal("0123456789", InputFile.ReadText(_folder["ten"], Small));
        File.WriteAllText(_folder["eleven"], "0123456789a");
        Assert.Contains("and a small file at most 0 MB", Problem(_folder["eleven"], Small), StringComparison.Ordinal);
        using (var large = File.Create(_folder["large"])) large.SetLength(16_000_001);
        Assert.Contains("the file has 16 MB, and a grid's .json file at most 16 MB",
            Problem(_folder["large"], FileKind.Grid), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_grows_while_it_is_read_is_given_up_on()
    {
        var path = _folder["growing"];
        File.WriteAllText(path, "0123456789");
        using var file = InputFile.Open(path, Small);
        using (var more =
            new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) more.Write("more"u8);
        var buffer = new byte[100];
        Assert.Contains("grows beyond", Assert.Throws<IOException>(() => file.Read(buffer, 0, 100)).Message,
            StringComparison.Ordinal);
        using var again = InputFile.Open(path, new FileKind("a file", 20));
        Assert.Equal(14, again.Read(buffer.AsSpan()));
    }

    [Fact]
    public void A_link_is_followed_to_the_file_that_it_leads_to()
    {
        Directory.CreateDirectory(_folder["a"]);
        File.WriteAllText(_folder["a/file"], "text");
        Directory.CreateSymbolicLink(_folder["b"], "a");
        File.CreateSymbolicLink(_folder["c"], "b/file");
        Assert.Equal("text", InputFile.ReadText(_folder["c"], Small));
        File.CreateSymbolicLink(_folder["round"], "round");
        Assert.Contains("links lead from one to the next", Problem(_folder["round"], Small), StringComparison.Ordinal);
    }

    private static void Refused(string problem, string what, params string[] paths)
    {
        foreach (var path in paths) Assert.Contains(problem, Problem(path, All[what]), StringComparison.Ordinal);
    }

    private static string Problem(string path, FileKind kind) =>
        Assert.Single(Assert.Throws<InputException>(() => InputFile.ReadText(path, kind)).Problems).Text;
}
