using System.Globalization;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Tests;

public sealed class DataPreparationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _log = [];

    public void Dispose() => _folder.Dispose();

    private PreparedData Prepare(
        CorpusSource corpus, string kind = "bytes", int vocabulary = 257, double heldOut = 0.05,
        string state = "state") =>
        DataPreparation.Prepare(new(corpus, new(kind, vocabulary), heldOut), _folder[state], new Lines(_log), default);

    private static (List<string> Train, List<string> Validation) Sides(PreparedData data)
    {
        using var train = data.OpenTrain();
        using var validation = data.OpenValidation();
        return (Samples.Read(train, data.LoadTokenizer()), Samples.Read(validation, data.LoadTokenizer()));
    }

    [Fact]
    public void Each_document_is_on_one_side_and_stays_there_when_others_come_and_go()
    {
        var all = Sides(Prepare(new TextFiles([Samples.Documents(_folder, 300)]), "bpe", 400));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => Samples.Prose(i, 60)).Order(),
            all.Train.Concat(all.Validation).Order());
        Assert.InRange(all.Validation.Count, 5, 30);
        for (var i = 0; i < 150; i++) File.Delete(_folder[$"texts/{i:000}.txt"]);
        var half = Sides(Prepare(new TextFiles([_folder["texts"]]), "bpe", 400));
        Assert.Empty(half.Validation.Except(all.Validation));
        Assert.Empty(half.Train.Except(all.Train));
        Assert.Equal(150, half.Train.Count + half.Validation.Count);
    }

    [Fact]
    public void Equal_texts_are_on_the_same_side()
    {
        Samples.Documents(_folder, 100);
        for (var i = 0; i < 100; i++) _folder.Write($"texts/copy-{i:000}.txt", Samples.Prose(i, 60));
        var (train, validation) = Sides(Prepare(new TextFiles([_folder["texts"]])));
        Assert.Empty(train.Intersect(validation));
        Assert.Equal(200, train.Count + validation.Count);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Few_documents_still_give_two_sides_and_the_report_says_how(int documents)
    {
        // No more than one of these few falls below the fraction by its hash.
        var data = Prepare(new TextFiles([Samples.Documents(_folder, documents)]), heldOut: 0.0001);
        var (train, validation) = Sides(data);
        Assert.Equal((documents - 1, 1), (train.Count, validation.Count));
        Assert.Contains(data.Report.Notes, note => note.Contains($"only {documents} documents")
            && note.Contains("is held out"));
    }

    [Fact]
    public void A_lone_document_is_cut_after_a_line_and_the_report_says_so()
    {
        var text = Samples.Prose(1, 2000);
        var data = Prepare(new TextFiles([_folder.Write("book.txt", text)]), heldOut: 0.1);
        var (train, validation) = Sides(data);
        Assert.Equal(text, Assert.Single(train) + Assert.Single(validation));
        Assert.EndsWith("\n", train[0]);
        Assert.InRange(validation[0].Length / (double)text.Length, 0.07, 0.101);
        Assert.Contains(data.Report.Notes, note => note.Contains("one document") && note.Contains("10 %"));
    }

    [Fact]
    public void Text_that_cannot_be_split_says_why()
    {
        var letter = new TextFiles([_folder.Write("a.txt", "x")]);
        Assert.Contains("too few to hold out", Assert.Throws<DataException>(() => Prepare(letter)).Message);
        _folder.Write("same/a.txt", "the same");
        _folder.Write("same/b.txt", "the same");
        Assert.Contains("hold the same text",
            Assert.Throws<DataException>(() => Prepare(new TextFiles([_folder["same"]]))).Message);
    }

    [Fact]
    public void A_changed_added_or_removed_file_is_noticed_and_an_unchanged_corpus_is_found()
    {
        var corpus = new TextFiles([Samples.Documents(_folder, 30)]);
        var first = Prepare(corpus);
        _log.Clear();
        Assert.Equal(first.Folder, Prepare(corpus).Folder);
        Assert.Empty(_log);

        var file = _folder["texts/003.txt"];
        var modified = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, File.ReadAllText(file).ToUpperInvariant());
        File.SetLastWriteTimeUtc(file, modified.AddSeconds(1));
        var changed = Prepare(corpus);
        _folder.Write("texts/new.txt", "something new");
        var added = Prepare(corpus);
        File.Delete(_folder["texts/new.txt"]);
        Assert.Equal(changed.CorpusHash, Prepare(corpus).CorpusHash);
        Assert.Equal(3, new[] { first, changed, added }.Select(data => data.CorpusHash).Distinct().Count());
        Assert.Equal(3, new[] { first, changed, added }.Select(data => data.Folder).Distinct().Count());
        Assert.NotEqual(first.Folder, Prepare(corpus, "bpe", 300).Folder);
    }

    [Fact]
    public void The_hash_is_of_the_text_and_not_of_where_or_when_it_was_written()
    {
        using var elsewhere = new TemporaryFolder();
        var here = Prepare(new TextFiles([Samples.Documents(_folder, 20)]), "bpe", 300);
        var there = Prepare(new TextFiles([Samples.Documents(elsewhere, 20)]), "bpe", 300, state: "other");
        Assert.Equal((here.CorpusHash, here.TokenizerHash, here.TrainTokens),
            (there.CorpusHash, there.TokenizerHash, there.TrainTokens));
        static byte[] Train(PreparedData data) => File.ReadAllBytes(Path.Combine(data.Folder, "train.tokens"));
        Assert.Equal(Train(here), Train(there));
    }

    [Fact]
    public void The_tokenizer_is_trained_on_the_training_text_alone()
    {
        var data = Prepare(new TextFiles([Samples.Documents(_folder, 40)]), "bpe", 400, heldOut: 0.3);
        var (training, all) = (new BpeTrainer(), new BpeTrainer());
        var (train, validation) = Sides(data);
        foreach (var text in train) training.Add(text);
        foreach (var text in train.Concat(validation)) all.Add(text);
        Assert.Equal(training.Train(400).Hash, data.TokenizerHash);
        Assert.NotEqual(all.Train(400).Hash, data.TokenizerHash);
    }

    [Fact]
    public void Several_at_once_make_one_whole_result_and_leave_nothing_behind()
    {
        var corpus = new TextFiles([Samples.Documents(_folder, 60)]);
        var all = new PreparedData[6];
        Parallel.For(0, all.Length, new() { MaxDegreeOfParallelism = all.Length },
            i => all[i] = Prepare(corpus, "bpe", 350));
        Assert.Single(
            all.Select(data => (data.Folder, data.CorpusHash, data.TokenizerHash, data.TrainTokens)).Distinct());
        Assert.Equal([all[0].Folder], Directory.GetFileSystemEntries(_folder["state/data"]));
        Assert.Equal(
            ["data.json", "manifest.json", "tokenizer.json", "tokenizer.tiktoken", "train.tokens", "validation.tokens"],
            Directory.GetFiles(all[0].Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Work_left_by_a_process_killed_days_ago_is_removed_and_recent_work_is_not()
    {
        Directory.CreateDirectory(_folder["state/data/.old.1"]);
        Directory.CreateDirectory(_folder["state/data/.new.2"]);
        Directory.SetLastWriteTimeUtc(_folder["state/data/.old.1"], DateTime.UtcNow.AddDays(-2));
        Prepare(new TextFiles([Samples.Documents(_folder, 30)]));
        Assert.False(Directory.Exists(_folder["state/data/.old.1"]));
        Assert.True(Directory.Exists(_folder["state/data/.new.2"]));
    }

    [Theory]
    [InlineData("train.tokens")]
    [InlineData("validation.tokens")]
    [InlineData("tokenizer.json")]
    [InlineData("data.json")]
    public void Damaged_data_is_refused_by_a_reader_and_made_again_by_preparing(string name)
    {
        var corpus = new TextFiles([Samples.Documents(_folder, 30)]);
        var data = Prepare(corpus, "bpe", 300);
        var path = Path.Combine(data.Folder, name);
        var whole = File.ReadAllBytes(path);
        var damaged = (byte[])whole.Clone();
        damaged[^5] ^= 0xFF;
        File.WriteAllBytes(path, damaged);
        Assert.Throws<DataException>(() => PreparedData.Load(data.Folder));
        _log.Clear();
        Assert.Equal(data.Folder, Prepare(corpus, "bpe", 300).Folder);
        Assert.Contains(_log, line => line.Contains("damaged and is made again"));
        Assert.Equal(whole, File.ReadAllBytes(path));
        File.Delete(path);
        Assert.Contains(name, Assert.Throws<DataException>(() => PreparedData.Load(data.Folder)).Message);
        Prepare(corpus, "bpe", 300);
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void Files_of_other_data_are_refused_each_by_name()
    {
        var one = Prepare(new TextFiles([Samples.Documents(_folder, 30)]), "bpe", 300);
        _folder.Write("texts/new.txt", "something new");
        var other = Prepare(new TextFiles([_folder["texts"]]), "bpe", 310);
        foreach (var name in new[] { "train.tokens", "validation.tokens", "tokenizer.json" })
            File.Copy(Path.Combine(other.Folder, name), Path.Combine(one.Folder, name), overwrite: true);
        var problems = Assert.Throws<DataException>(() => PreparedData.Load(one.Folder)).Problems;
        Assert.Contains(problems, problem => problem.Contains("train.tokens: made from another corpus"));
        Assert.Contains(problems, problem => problem.Contains("validation.tokens: made with another tokenizer"));
        Assert.Contains(problems, problem => problem.Contains("tokenizer.json is not the one"));
    }

    [Fact]
    public void Prepared_data_can_be_moved_and_keeps_its_report()
    {
        _folder.Write("texts/broken.txt", [0x61, 0xFF, 0x62]);
        _folder.Write("texts/empty.txt", "");
        var data = Prepare(new TextFiles([Samples.Documents(_folder, 30)]));
        Directory.Move(data.Folder, _folder["moved"]);
        var moved = PreparedData.Load(_folder["moved"]);
        Assert.Equal(_folder["moved"], moved.Folder);
        Assert.Equal((31, 31, 1), (moved.Report.Files, moved.Report.Documents, moved.Report.ReplacedSequences));
        Assert.Equal(data.Report.Notes.Except(moved.Report.Notes),
            ["Left out: files that are empty, or pipes and devices (1): texts/empty.txt."]);
        Assert.Contains(moved.Report.Notes, note => note.Contains("not UTF-8")
            && note.Contains("texts/broken.txt (1)"));
        Assert.Contains(_log, line => line.Contains("not UTF-8"));
    }

    [Fact]
    public void Every_problem_of_a_request_is_listed_at_once()
    {
        var problems =
            Assert.Throws<DataException>(() =>
                Prepare(new TextFiles([_folder["none.txt"]]), "words", 100, 1.5)).Problems;
        Assert.Collection(problems,
            problem => Assert.Contains("no tokenizer 'words'", problem),
            problem => Assert.Contains("1.5", problem),
            problem => Assert.Contains("none.txt", problem));
        Assert.Contains("257", Assert.Throws<DataException>(() => Prepare(new DotnetDocs(), "bpe", 256)).Message);
        Assert.Contains("257, not 1024",
            Assert.Throws<DataException>(() => Prepare(new DotnetDocs(), "bytes", 1024)).Message);
    }

    [Fact]
    public void A_state_folder_that_cannot_be_written_is_named()
    {
        _folder.Write("state", "a file, not a folder");
        var problem =
            Assert.Throws<DataException>(() => Prepare(new TextFiles([Samples.Documents(_folder, 30)]))).Message;
        Assert.Contains(_folder["state"], problem);
        Assert.Contains("cannot be written", problem);
    }

    [Fact]
    public void Cancelled_it_stops_and_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var request = new DataRequest(new TextFiles([Samples.Documents(_folder, 30)]), new("bytes", 0));
        Assert.Throws<OperationCanceledException>(() =>
            DataPreparation.Prepare(request, _folder["state"], null, cancel.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["state/data"]));
    }

    [Fact]
    public void A_vocabulary_larger_than_the_text_can_give_says_how_large_it_may_be()
    {
        var problem =
            Assert.Throws<DataException>(() =>
                Prepare(new TextFiles([Samples.Documents(_folder, 3)]), "bpe", 50_000)).Message;
        var most = int.Parse(problem.Split("at most ")[1].Split(',')[0], CultureInfo.InvariantCulture);
        Assert.Equal(most, Prepare(new TextFiles([_folder["texts"]]), "bpe", most).Vocabulary);
    }
}
