using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Tests;

/// <summary>What a folder holds beside plain UTF-8 text, and what is said of it.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Problem(CorpusSource source) =>
        Assert.Single(Assert.Throws<DataException>(source.List).Problems);

    private static byte[] Utf16(string text, bool big = false, bool mark = true)
    {
        var encoding = new UnicodeEncoding(big, mark);
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
    }

    [Fact]
    public void UTF_16_with_a_byte_order_mark_is_the_text_that_it_holds()
    {
        const string Text = "Ĝis la revido, 世界 \U0001F600\n";
        foreach (var big in new[] { false, true })
        {
            var source = new TextFiles([_folder.Write("a.txt", Utf16(Text, big))]);
            Assert.Equal(new Document("a.txt", Text), Assert.Single(source.Read(source.List(), default).Documents));
            var table =
                new DelimitedFiles([_folder.Write("a.tsv", Utf16("id\ttext\r\n1\thabari\r\n", big))], "text",
                    Tabs: true);
            Assert.Equal("habari", Assert.Single(table.Read(table.List(), default).Documents).Text);
        }
        var cut = new TextFiles([_folder.Write("cut.txt", Utf16(string.Concat(Enumerable.Repeat(Text, 1000)))[..^1])]);
        Assert.Contains(
            "begins as UTF-16 does",
            Assert.Throws<DataException>(() => cut.Read(cut.List(), default).Documents.Count()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_folder_does_not_give_is_counted_and_named_by_its_reason_also_when_the_text_is_found_prepared()
    {
        Samples.Documents(_folder, 30);
        for (var i = 0; i < 5; i++) _folder.Write($"texts/u16-{i}.txt", Utf16("Ĝis la revido", mark: false));
        _folder.Write("texts/nul.txt", [.. "text\0 with "u8, 0, 1, 2, 0, 0]);
        _folder.Write("texts/late.txt", new string('x', 5000) + "\0");
        _folder.Write("texts/empty.txt", "");
        PreparedData Prepare() =>
            DataPreparation.Prepare(new(new TextFiles([_folder["texts"]]), new("bytes", 257)), _folder["state"], null,
                default);
        var data = Prepare();
        string[] expected =
        [
            "Left out: files that are empty, or pipes and devices (1): texts/empty.txt.",
            "Left out: binary files, which hold zero bytes (1): texts/nul.txt.",
            "Left out: files of UTF-16 without a byte order mark, to be converted to UTF-8 (5): texts/u16-0.txt, "
                + "texts/u16-1.txt, texts/u16-2.txt, ....",
            "1 files hold U+0000, which text seldom does; they were read as they are: texts/late.txt (1).",
        ];
        Assert.Equal(expected, data.Report.Notes.Take(4));
        Assert.Equal(31, data.Report.Files);

        File.Delete(_folder["texts/nul.txt"]);
        var found = Prepare();
        Assert.Equal(data.Folder, found.Folder);
        Assert.Equal(expected.Where(note => !note.Contains("nul.txt", StringComparison.Ordinal)),
            found.Report.Notes.Take(3));
    }

    [Fact]
    public void A_folder_without_text_says_what_it_holds()
    {
        for (var i = 0; i < 2; i++) _folder.Write($"u16/{i}.txt", Utf16("no byte order mark", mark: false));
        Assert.EndsWith(
            "It holds: files of UTF-16 without a byte order mark, to be converted to UTF-8 (2): u16/0.txt, u16/1.txt.",
            Problem(new TextFiles([_folder["u16"]])), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["bare"]);
        Assert.EndsWith("It holds: nothing.", Problem(new TextFiles([_folder["bare"]])), StringComparison.Ordinal);
    }

    [UnixFact]
    public void A_pipe_or_a_device_is_refused_at_once_and_left_out_of_a_folder()
    {
        foreach (var name in new[] { "pipe.txt", "pipe.txt.gz" })
        {
            Programs.Run("mkfifo", _folder[name]);
            Assert.EndsWith("no regular file but a pipe or a device.", Problem(new TextFiles([_folder[name]])),
                StringComparison.Ordinal);
            Assert.EndsWith("no regular file but a pipe or a device.", Problem(new JsonLines([_folder[name]], "t")),
                StringComparison.Ordinal);
        }
        Assert.Contains("no regular file", Problem(new TextFiles(["/dev/zero"])), StringComparison.Ordinal);
        _folder.Write("good.txt", "good");
        File.CreateSymbolicLink(_folder["zero.txt"], "/dev/zero");
        var listing = new TextFiles([_folder.Path]).List();
        Assert.Equal("good.txt", Path.GetFileName(Assert.Single(listing.Files).Path));
        Assert.Equal(3, listing.Skipped.Count(file => file.Reason == "files that are empty, or pipes and devices"));
    }

    [UnixFact]
    public void A_link_that_leaves_the_folder_text_must_lie_in_is_refused_by_name_in_every_part_of_a_path()
    {
        var outside = _folder.Write("outside/secret.txt", "secret");
        _folder.Write("grid/own/text.txt", "own");
        File.CreateSymbolicLink(_folder["grid/own/inner.txt"], "text.txt");
        var root = _folder["grid"];
        Assert.Equal(2, new TextFiles([_folder["grid/own"]]) { Within = root }.List().Files.Count);

        File.CreateSymbolicLink(_folder["grid/own/link.txt"], outside);
        Directory.CreateSymbolicLink(_folder["grid/folder"], "../outside");
        Directory.CreateSymbolicLink(_folder["grid/first"], "folder");
        string[] paths =
            ["grid/own", "grid/own/link.txt", "grid/folder", "grid/folder/secret.txt", "grid/first/secret.txt"];
        var problems =
            Assert.Throws<DataException>(() =>
                new TextFiles([.. paths.Select(p => _folder[p])]) { Within = root }.List()).Problems;
        Assert.Equal(paths.Length, problems.Count);
        Assert.All(problems, problem => Assert.Contains($"a link leads to "
            + $"{InputFile.ResolveLinks(_folder["outside"])}", problem, StringComparison.Ordinal));
        Assert.Equal(5, new TextFiles([.. paths.Select(p => _folder[p])]).List().Files.Count);

        Directory.CreateDirectory(_folder["grid/only"]);
        File.CreateSymbolicLink(_folder["grid/only/link.txt"], outside);
        Assert.Contains("link.txt: a link leads to", Problem(new TextFiles([_folder["grid/only"]]) { Within = root }),
            StringComparison.Ordinal);

        File.CreateSymbolicLink(_folder["grid/round.txt"], "round.txt");
        Assert.Contains("links lead from one to the next",
            Assert.Throws<IOException>(() => InputFile.ResolveLinks(_folder["grid/round.txt"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("at most 0 MB", InputFile.WhyRefused(outside, new FileKind("a text", 3)),
            StringComparison.Ordinal);
        Assert.Null(InputFile.WhyRefused(outside, new FileKind("a text", 6)));
    }
}

/// <summary>Windows has neither such pipes nor links without a privilege.</summary>
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "needs Unix files";
    }
}
