using System.Text;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Requests;

namespace ScalingLab.Data.Tests;

/// <summary>The real documentation of the SDK that builds this, prepared once.</summary>
public sealed class DotnetDocsPrepared : IDisposable
{
    public TemporaryFolder State { get; } = new();

    public DataRequest Request { get; } = new(new DotnetDocs(), new TokenizerRequest("bpe", 1024));

    public PreparedData Data { get; }

    public DotnetDocsPrepared() => Data = DataPreparation.Prepare(Request, State.Path, null, default);

    public void Dispose() => State.Dispose();
}

public sealed class DotnetDocsTests(DotnetDocsPrepared prepared) : IClassFixture<DotnetDocsPrepared>
{
    [Fact]
    public void The_SDK_s_own_documentation_makes_a_corpus_of_megabytes()
    {
        var report = prepared.Data.Report;
        Assert.InRange(report.Files, 100, 1000);
        Assert.InRange(report.Documents, 3_000, 30_000);
        Assert.InRange(report.Bytes, 5_000_000, 20_000_000);
        Assert.True(report.RepeatedSentences > 50_000);
        Assert.Equal(0, report.ReplacedSequences);
        Assert.Equal(report.Bytes, prepared.Data.TrainBytes + prepared.Data.ValidationBytes);
        Assert.InRange(prepared.Data.ValidationBytes / (double)report.Bytes, 0.03, 0.07);
        Assert.Equal(1024, prepared.Data.Vocabulary);
        Assert.InRange(prepared.Data.TrainBytes / (double)prepared.Data.TrainTokens, 2.5, 3.5);
    }

    [Fact]
    public void Asked_again_it_is_found_and_not_made_again()
    {
        var log = new List<string>();
        var written = Directory.GetLastWriteTimeUtc(prepared.Data.Folder);
        var again = DataPreparation.Prepare(prepared.Request, prepared.State.Path, new Lines(log), default);
        Assert.Empty(log);
        Assert.Equal(written, Directory.GetLastWriteTimeUtc(again.Folder));
        var first = prepared.Data;
        Assert.Equal((first.Folder, first.CorpusHash, first.TrainTokens),
            (again.Folder, again.CorpusHash, again.TrainTokens));
    }

    [Fact]
    public void The_shards_hold_every_document_once_and_no_sentence_of_a_document_is_in_both()
    {
        using var train = prepared.Data.OpenTrain();
        using var validation = prepared.Data.OpenValidation();
        var tokenizer = prepared.Data.LoadTokenizer();
        var (learned, heldOut) = (Samples.Read(train, tokenizer), Samples.Read(validation, tokenizer));
        Assert.Equal(Samples.Read(new DotnetDocs()).Select(document => document.Text).Order(StringComparer.Ordinal),
            learned.Concat(heldOut).Order(StringComparer.Ordinal));
        Assert.Empty(learned.Intersect(heldOut));
        Assert.Equal(prepared.Data.ValidationBytes, heldOut.Sum(text => (long)Encoding.UTF8.GetByteCount(text)));
        // What is read first is a sample of everything, not what comes first in the alphabet.
        var names = Samples.Read(new DotnetDocs()).ToDictionary(document => document.Text, document => document.Name);
        var half = heldOut.Take(heldOut.Count / 2).ToList();
        Assert.InRange(half.Count(text => names[text].StartsWith("System.", StringComparison.Ordinal))
            / (double)half.Count, 0.2, 0.8);
    }

    [Fact]
    public void The_prose_is_clean()
    {
        var documents = Samples.Read(new DotnetDocs());
        var text = documents.Single(document => document.Name == "System.String").Text;
        Assert.StartsWith("Represents text as a sequence of UTF-16 code units.\n", text, StringComparison.Ordinal);
        Assert.All(documents, document =>
        {
            Assert.DoesNotContain("  ", document.Text);
            Assert.DoesNotContain("\n\n", document.Text);
            Assert.DoesNotContain("\t", document.Text);
            Assert.EndsWith("\n", document.Text);
        });
        Assert.True(documents.Sum(document => document.Text.Split("<see").Length - 1) < 20);
    }

    private const string Sample = """
        <doc><assembly><name>A</name></assembly><members>
          <member name="T:N.Outer`1"><summary>Holds a <see cref="T:System.String"/>, a <see cref="T:N.Outer`1" />
            or <see langword="null" />. It is old.</summary>
            <typeparam name="T">The type of thing.</typeparam><devremarks>secret</devremarks></member>
          <member name="M:N.Outer`1.Put(System.Int32,`0)"><summary>Puts <paramref name="item"/> in, see <see cref="M:N.Outer`1.Take">its
            opposite</see>. It is old.</summary>
            <param name="item">An item, <c>e.g. one</c>.</param>
            <exception cref="T:System.Exception">if <paramref name="item"/> is bad.</exception></member>
          <member name="M:N.Outer`1.System#Collections#IList#Add(System.Object)"><returns>The place.
            <para>Or <see cref="M:N.Outer`1.#ctor"/>.</para><list type="bullet"><listheader><term>Value</term></listheader>
            <item><term>One</term><description>First &amp; best.</description></item>
            <item><description>Use <see cref="P:N.Outer`1.Count"/> or <see cref="M:N.Other.Do(System.String)"/>.</description></item>
            </list></returns>
            <remarks><inheritdoc cref="T:N.Other"/></remarks><example>No example.</example></member>
          <member name="F:N.Inner.Value"><value>Only a value</value></member>
          <member name="P:N.Repeats.All"><summary>It is old.</summary></member>
        </members></doc>
        """;

    [Fact]
    public void References_become_words_repeats_go_and_a_document_is_a_type()
    {
        using var sdk = new TemporaryFolder();
        sdk.Write("packs/A.Ref/9.0.1/ref/net9.0/A.xml", Sample);
        var corpus = new DotnetDocs(sdk.Path);
        var documents = Samples.Read(corpus).OrderBy(document => document.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(["N.Inner", "N.Outer`1"], documents.Select(document => document.Name));
        Assert.Equal("Only a value\n", documents[0].Text);
        Assert.Equal(
            "Holds a String, a Outer or null. It is old.\nThe type of thing.\n" +
            "Puts item in, see its opposite.\nAn item, e.g. one.\nif item is bad.\n" +
            "The place.\nOr Outer.\nOne: First & best.\nUse Outer.Count or Other.Do.\n", documents[1].Text);
        Assert.Equal(2, corpus.Read(corpus.List(), default).RepeatedSentences);
    }

    [Fact]
    public void The_newest_version_of_a_pack_is_read_each_file_name_once_and_no_translations()
    {
        using var sdk = new TemporaryFolder();
        static string File(string text) =>
            $"""<doc><members><member name="T:N.{text}"><summary>{text}</summary></member></members></doc>""";
        sdk.Write("packs/A.Ref/9.0.10/ref/net9.0/A.xml", File("New"));
        sdk.Write("packs/A.Ref/9.0.9/ref/net9.0/A.xml", File("Old"));
        sdk.Write("packs/A.Ref/9.0.10/ref/net9.0/fr/A.xml", File("French"));
        sdk.Write("packs/A.Ref/9.0.10/data/Other.xml", File("List"));
        sdk.Write("packs/B.Ref/1.0.0/ref/net9.0/A.xml", File("Again"));
        sdk.Write("packs/B.Ref/1.0.0/ref/net9.0/B.xml", File("Further"));
        sdk.Write("packs/B.Ref/1.0.0/ref/net9.0/C.xml", "<doc><members><member "
            + "name='T:N.Half'><summary>Half</summary></wrong>");
        var corpus = new DotnetDocs(sdk.Path);
        Assert.Equal(["N.Further", "N.Half", "N.New"],
            Samples.Read(corpus).Select(document => document.Name).Order(StringComparer.Ordinal));
        Assert.Equal("files that have the name of one in another pack", Assert.Single(corpus.List().Skipped).Reason);
        var cut = Assert.Single(corpus.Read(corpus.List(), default).Skipped);
        Assert.Equal("C.xml", cut.Name);
        Assert.StartsWith("what follows a fault of XML (", cut.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_SDK_the_error_says_what_to_do()
    {
        using var nothing = new TemporaryFolder();
        var problem = Assert.Throws<DataException>(() => new DotnetDocs(nothing.Path).List()).Message;
        Assert.Contains(nothing["packs"], problem);
        Assert.Contains("Install the .NET SDK", problem);
        Assert.Contains("DOTNET_ROOT", problem);
    }
}

/// <summary>Keeps what is reported, in the order it was, on the thread that reports.</summary>
internal sealed class Lines(List<string> lines) : IProgress<string>
{
    public void Report(string value)
    {
        lock (lines) lines.Add(value);
    }
}
