using System.Runtime.Versioning;
using ScalingLab.Data.Corpora;

namespace ScalingLab.Data.Tests;

public sealed class TextFilesTests
{
    [Fact]
    public void A_folder_gives_its_text_files_at_any_depth_each_once_under_a_name_without_the_machine()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes/b.md", "B");
        folder.Write("notes/deep/er/a.TXT", "A");
        folder.Write("notes/picture.png", "no text");
        folder.Write("notes/.git/config.txt", "hidden");
        folder.Write("notes/blank.txt", " \n");
        var code = folder.Write("program.cs", "// named, so read");
        var source = new TextFiles([folder["notes"], folder["notes/b.md"], code, code]);
        var listing = source.List();
        Assert.Equal(["notes/b.md", "notes/deep/er/a.TXT", "program.cs"], listing.Files.Select(file => file.Name));
        Assert.Equal(["// named, so read", "A", "B"],
            Samples.Read(source).Select(document => document.Text).Order(StringComparer.Ordinal));
        Assert.Collection(listing.Skipped,
            skipped => Assert.Equal(("notes/.git", "names that start with a dot"), (skipped.Name, skipped.Reason)),
            skipped => Assert.Equal(("notes/blank.txt", "files of white space"), (skipped.Name, skipped.Reason)),
            skipped =>
            Assert.StartsWith("files whose names end in none of .txt", skipped.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_missing_empty_or_unreadable_file_is_listed_at_once()
    {
        using var folder = new TemporaryFolder();
        var empty = folder.Write("empty.txt", "");
        var blank = folder.Write("blank.txt", "\uFEFF \r\n\t");
        var binary = folder.Write("utf16.txt", [.. "h\0e\0l\0l\0o\0"u8]);
        folder.Write("none/picture.png", "no text");
        folder.Write("linked/good.txt", "good");
        File.CreateSymbolicLink(folder["linked/gone.txt"], folder["not there"]);
        var problems = Assert.Throws<DataException>(() => new TextFiles(
            [folder["missing.txt"], empty, blank, binary, folder["none"], folder["linked"]]).List()).Problems;
        Assert.Collection(problems,
            problem => Assert.Contains("missing.txt: there is no such file or folder", problem),
            problem => Assert.Contains("empty.txt: the file is empty", problem),
            problem => Assert.Contains("blank.txt: the file is empty", problem),
            problem =>
            Assert.Contains("utf16.txt: the file holds zero bytes as UTF-16 does, but has no byte order mark: convert "
                + "it to UTF-8.", problem),
            problem => Assert.EndsWith("(or these and .gz or .zst) (1): none/picture.png.", problem,
                StringComparison.Ordinal),
            problem => Assert.Contains("gone.txt: a link leads to", problem));
        Assert.Contains("names no file or folder",
            Assert.Throws<DataException>(() => new TextFiles([]).List()).Message);
    }

    [UnprivilegedFact, UnsupportedOSPlatform("windows")]
    public void A_file_without_read_permission_is_a_problem()
    {
        using var folder = new TemporaryFolder();
        var secret = folder.Write("secret.txt", "secret");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        Assert.Contains("secret.txt: the file cannot be read",
            Assert.Throws<DataException>(() => new TextFiles([secret]).List()).Message);
    }

    [Fact]
    public void Invalid_UTF_8_is_replaced_and_counted_and_a_real_replacement_character_is_not()
    {
        using var folder = new TemporaryFolder();
        // A stray continuation, a lead byte without its second, a three-byte sequence cut short (one), a surrogate
        // (three).
        byte[] bytes =
            [.. "\uFEFFa"u8, 0x80, .. "b"u8, 0xC3, .. "c"u8, 0xE2, 0x82, .. "d"u8, 0xED, 0xA0, 0x80, .. "e\uFFFD"u8];
        var document = Assert.Single(Samples.Read(new TextFiles([folder.Write("broken.txt", bytes)])));
        Assert.Equal("a\uFFFDb\uFFFDc\uFFFDd\uFFFD\uFFFD\uFFFDe\uFFFD", document.Text);
        Assert.Equal(6, document.ReplacedSequences);
        var whole = Assert.Single(Samples.Read(new TextFiles([folder.Write("whole.txt", "naïve \uFFFD")])));
        Assert.Equal(("naïve \uFFFD", 0), (whole.Text, whole.ReplacedSequences));
    }

    [Fact]
    public void The_order_of_documents_is_that_of_their_names_hashes_wherever_they_lie()
    {
        using var here = new TemporaryFolder();
        using var there = new TemporaryFolder();
        Samples.Documents(here, 20);
        Samples.Documents(there, 20);
        var names = Samples.Read(new TextFiles([here["texts"]])).Select(document => document.Name).ToList();
        Assert.Equal(names, Samples.Read(new TextFiles([there["texts"]])).Select(document => document.Name));
        Assert.Equal(20, names.Distinct().Count());
        Assert.NotEqual(names.Order(StringComparer.Ordinal), names);
    }
}

/// <summary>Permissions do not hold root back, and Windows has others.</summary>
public sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "needs Unix permissions";
        else if (Environment.IsPrivilegedProcess) Skip = "root reads every file";
    }
}
