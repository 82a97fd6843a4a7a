using System.Globalization;
using System.Text;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Tests;

public sealed class TokenizerTests
{
    private static BpeTokenizer Trained(string text, int vocabulary)
    {
        var trainer = new BpeTrainer();
        trainer.Add(text);
        return trainer.Train(vocabulary);
    }

    [Fact]
    public void A_hand_worked_example_learns_the_merges_it_should()
    {
        // Words: "aaab" once, " aaab" twice. Pairs: aa 6, ab 3, " a" 2. First aa (256), left to right: [aa]ab.
        // Then (a,b) 3 and (aa,a) 3 tie: the smaller left token wins, (a,b) = 257. Then (aa,ab) 3 = 258, then ("
        // ",aaab) 2 = 259.
        var tokenizer = Trained("aaab aaab aaab", 256 + 4 + 1);
        Assert.Equal([('a', 'a'), ('a', 'b'), (256, 257), (' ', 258)], tokenizer.Merges);
        Assert.Equal([258, 259, 259], tokenizer.Encode("aaab aaab aaab"));
        Assert.Equal([256, 256, ' ', 257], tokenizer.Encode("aaaa ab"));
        Assert.Equal(260, tokenizer.EndOfDocument);
    }

    [Fact]
    public void The_trainer_learns_what_counting_anew_for_every_merge_learns()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 30; trial++)
        {
            var text = trial % 3 == 0 ? Samples.Prose(trial, 200) : trial % 3 == 1
                ? string.Concat(Enumerable.Range(0, 300).Select(_ => "aab \n"[random.Next(5)]))
                : Samples.AnyText(random, 200);
            var merges = NaiveBpe.Train(text, 30);
            Assert.Equal(merges, Trained(text, 256 + 30 + 1).Merges);
        }
    }

    [Fact]
    public void Encoding_gives_what_applying_every_merge_in_order_gives()
    {
        var tokenizer = Trained(Samples.Prose(5, 3000), 400);
        var random = new Random(2);
        for (var trial = 0; trial < 200; trial++)
        {
            var text = trial % 2 == 0 ? Samples.Prose(trial + 100, 30)
                : string.Concat(Enumerable.Range(0, 80).Select(_ => "aehnot 's"[random.Next(9)]));
            Assert.Equal(NaiveBpe.Encode(text, tokenizer.Merges), tokenizer.Encode(text));
            // Again, now out of the cache.
            Assert.Equal(NaiveBpe.Encode(text, tokenizer.Merges), tokenizer.Encode(text));
        }
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe")]
    public void Every_well_formed_text_comes_back_as_it_was(string kind)
    {
        Tokenizer tokenizer = kind == "bytes" ? new ByteTokenizer()
            : Trained(Samples.Prose(3, 2000) + Samples.AnyText(new(9), 2000), 600);
        var random = new Random(3);
        for (var trial = 0; trial < 500; trial++)
        {
            var text = Samples.AnyText(random, random.Next(0, 120));
            var tokens = tokenizer.Encode(text);
            Assert.All(tokens, token => Assert.InRange(token, 0, tokenizer.Vocabulary - 2));
            Assert.Equal(text, tokenizer.Decode(tokens));
        }
        var wide = Array.ConvertAll([.. tokenizer.Encode("naïve"), tokenizer.EndOfDocument], token => (long)token);
        Assert.Equal("naïve", tokenizer.Decode(wide));
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe")]
    public void A_lone_surrogate_comes_back_as_the_replacement_character(string kind)
    {
        Tokenizer tokenizer = kind == "bytes" ? new ByteTokenizer() : Trained(Samples.Prose(3, 500), 300);
        Assert.Equal("a\uFFFDb \uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b \uDC00")));
    }

    [Fact]
    public void A_very_long_word_is_encoded_whole()
    {
        var tokenizer = Trained(Samples.Prose(3, 2000), 300);
        var text = string.Concat(Enumerable.Repeat("that", 50_000));
        var tokens = tokenizer.Encode(text);
        Assert.True(tokens.Length < 110_000);
        Assert.Equal(text, tokenizer.Decode(tokens));
    }

    [Fact]
    public void Words_are_split_as_GPT_2_splits_them()
    {
        // With all merges learned from the text itself, each word is one token.
        const string text = "We'll see, it's 2026:  two  spaces\n\n and !? 'quoted'";
        string[] words =
            ["We", "'ll", " see", ",", " it", "'s", " 2026", ":", " ", " two", " ", " spaces", "\n\n", " and", " !?",
                " '", "quoted", "'"];
        var trainer = new BpeTrainer();
        trainer.Add(text);
        var most = Assert.Throws<DataException>(() => trainer.Train(2000)).Message;
        var tokenizer = trainer.Train(int.Parse(most.Split("at most ")[1].Split(',')[0], CultureInfo.InvariantCulture));
        Assert.Equal(words, tokenizer.Encode(text).Select(token => Encoding.UTF8.GetString(tokenizer.Bytes(token))));
    }

    [Fact]
    public void A_text_too_small_for_the_vocabulary_says_how_much_it_can_give()
    {
        var trainer = new BpeTrainer();
        trainer.Add("ab ab");
        var problem = Assert.Throws<DataException>(() => trainer.Train(1024));
        Assert.Contains("at most 259", problem.Message);
        Assert.Equal(259, trainer.Train(259).Vocabulary);
    }

    [Fact]
    public void The_order_in_which_texts_are_counted_changes_nothing()
    {
        var (one, other) = (new BpeTrainer(), new BpeTrainer());
        var texts = Enumerable.Range(0, 20).Select(seed => Samples.Prose(seed, 100)).ToList();
        texts.ForEach(text => one.Add(text));
        texts.Reverse();
        texts.ForEach(text => other.Add(text));
        Assert.Equal(one.Train(380).Hash, other.Train(380).Hash);
    }

    [Fact]
    public void A_saved_tokenizer_is_the_same_when_loaded()
    {
        using var folder = new TemporaryFolder();
        foreach (var tokenizer in new Tokenizer[] { new ByteTokenizer(), Trained(Samples.Prose(4, 2000), 400) })
        {
            TokenizerFiles.Save(tokenizer, folder.Path);
            var loaded = TokenizerFiles.Load(folder["tokenizer.json"]);
            Assert.Equal((tokenizer.Kind, tokenizer.Hash, tokenizer.Vocabulary),
                (loaded.Kind, loaded.Hash, loaded.Vocabulary));
            Assert.Equal(tokenizer.Encode(Samples.Prose(8, 100)), loaded.Encode(Samples.Prose(8, 100)));
        }
        Assert.NotEqual(Trained(Samples.Prose(4, 2000), 400).Hash, Trained(Samples.Prose(4, 2000), 399).Hash);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("[[116,104],", "[[116,105],", "damaged")]
    [InlineData("[[116,104],", "[[116,999],", "no new pair of earlier tokens")]
    [InlineData("\"kind\":\"bpe\"", "\"kind\":\"words\"", "unknown tokenizer kind")]
    [InlineData("\"version\":1", "\"version\":9", "version 9")]
    [InlineData("\"vocabulary\":", "\"size\":", "cannot be read")]
    [InlineData("}", "", "cannot be read")]
    public void A_file_of_an_earlier_version_is_read_and_a_damaged_one_refused(string find, string replace, string said)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Trained("that the with bath path", 260);
        var merges = string.Join(',', tokenizer.Merges.Select(pair => $"[{pair.Left},{pair.Right}]"));
        var json =
            $$"""{"kind":"bpe","version":1,"vocabulary":260,"hash":"{{tokenizer.Hash}}","merges":[{{merges}}]}""";
        Assert.Contains(find, json);
        folder.Write("tokenizer.json", find.Length == 0 ? json : json.Replace(find, replace, StringComparison.Ordinal));
        if (said.Length == 0) Assert.Equal(tokenizer.Hash, TokenizerFiles.Load(folder["tokenizer.json"]).Hash);
        else Assert.Contains(said,
            Assert.Throws<DataException>(() => TokenizerFiles.Load(folder["tokenizer.json"])).Message);
    }

    [Fact]
    public void A_missing_tokenizer_file_is_named() =>
        Assert.Contains("nowhere.json",
            Assert.Throws<DataException>(() => TokenizerFiles.Load("nowhere.json")).Message);

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        var tokenizer = new ByteTokenizer();
        Assert.Equal("", tokenizer.Decode([tokenizer.EndOfDocument]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([257]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }
}
