using System.Text;
using Microsoft.ML.Tokenizers;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Data.Tokenizers.Training;
using BpeTokenizer = ScalingLab.Data.Tokenizers.BpeTokenizer;

namespace ScalingLab.Data.Tests;

/// <summary>Token for token what Microsoft.ML.Tokenizers and Hugging Face's tokenizers give.</summary>
public sealed class TokenizerEqualityTests
{
    private const string Mixed =
        "Habari za asubuhi, ndugu! Rais alisema kwamba \"watoto 1,234 wamefika shuleni\" mwaka 2023.\r\n"
        + "It's, we'LL, I'M, don'T 'tis the dog's day -- isn't it?   \n\n\n\t\tvoid F(int[] x) { return x[0] >> 2; }\n"
        + "HTTPServer parseJSONFile XMLHttpRequest iOS17 // ok/\n ÀÉî naïve Ǆungla ﬁne ª º ʰʲ\u0301a\u0301\u0327 "
        + "\u00A0\u2003\u3000x \u2028y\n中文字符和English混合，日本語のテキスト、한국어 텍스트। हिन्दी पाठ العربية "
        + "עברית ภาษาไทย ១២៣ ½ Ⅷ ① 12345678\n"
        + "😀👩‍👩‍👧‍👦🇹🇿🏽 \uFFFD\uFFFD � \0\u0001\u007F\u0085 it'ſ 'ſ a\n  \n   b\n  ";

    private static readonly string Long =
        new string('a', 3_000) + " " + string.Concat(Enumerable.Range(0, 3_000).Select(i => "abc"[i * i % 3])) + "\n"
        + new string(' ', 3_000) + "x" + string.Concat(Enumerable.Repeat("中文字", 3_000)) + new string('\n', 2_000)
        + new string('=', 5_000) + "\n  ";

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    public void OpenAIs_encodings_give_the_tokens_that_Microsofts_library_gives(string name)
    {
        var theirs = name == "gpt2" ? TiktokenTokenizer.CreateForModel("gpt2")
            : TiktokenTokenizer.CreateForEncoding(name);
        var ours = BuiltInTokenizers.Find(name)!;
        foreach (var text in Texts(withinBasicPlane: true))
            Assert.Equal(theirs.EncodeToIds(text, considerPreTokenization: true, considerNormalization: true),
                ours.Encode(text));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    [InlineData("trained as gpt2")]
    [InlineData("trained as gpt4")]
    [InlineData("trained as ever")]
    public void What_is_written_gives_the_same_tokens_under_Hugging_Face_and_when_read_again(string name)
    {
        var ours = BuiltInTokenizers.Find(name) ?? Trained(name switch
        {
            "trained as gpt2" => PreSplit.Gpt2,
            "trained as gpt4" => PreSplit.Cl100k,
            _ => PreSplit.Gpt2Units,
        });
        using var folder = new TemporaryFolder();
        TokenizerFiles.Save(ours, folder.Path);
        var again = TokenizerFiles.Load(folder[TokenizerFiles.HuggingFaceName]);
        Assert.Equal((ours.Hash, ours.Vocabulary, ours.EndOfDocument),
            (again.Hash, again.Vocabulary, again.EndOfDocument));
        var ranks = TokenizerFiles.Load(folder[TokenizerFiles.RankName], ours.Pairs.Split);
        if (!OperatingSystem.IsLinux()) return; // its native library is in the tests for Linux alone
        var theirs = new global::Tokenizers.DotNet.Tokenizer(folder[TokenizerFiles.HuggingFaceName]);
        foreach (var text in Texts(withinBasicPlane: false))
        {
            var expected = theirs.Encode(text).Select(token => (int)token).ToArray();
            Assert.Equal(expected, ours.Encode(text));
            Assert.Equal(expected, again.Encode(text));
            Assert.Equal(expected, ranks.Encode(text));
        }
    }

    [Theory]
    [InlineData(true)] // as Pythia's vocabulary has it, and Qwen's
    [InlineData(false)]
    public void Composed_text_and_added_tokens_give_the_same_tokens_under_Hugging_Face_and_when_read_again(
        bool composes)
    {
        var ours = WithAddedTokens(composes);
        using var folder = new TemporaryFolder();
        TokenizerFiles.Save(ours, folder.Path);
        var again = Assert.IsType<BpeTokenizer>(TokenizerFiles.Load(folder[TokenizerFiles.HuggingFaceName]));
        Assert.Equal((ours.Hash, ours.Vocabulary, ours.EndOfDocument),
            (again.Hash, again.Vocabulary, again.EndOfDocument));
        Assert.NotEqual(ours.Hash, WithAddedTokens(!composes).Hash);
        Assert.Equal("a  <call>b", ours.Decode(ours.Encode("a  <call>b")));
        Assert.Equal(composes ? "\u00E9" : "e\u0301", ours.Decode(ours.Encode("e\u0301")));
        if (!OperatingSystem.IsLinux()) return;
        var theirs = new global::Tokenizers.DotNet.Tokenizer(folder[TokenizerFiles.HuggingFaceName]);
        const string Marked = "e\u0301 o\u0302\u0301  n\u0303 \u1112\u1161\u11AB \u212B \uFB01 cafe\u0301<call>    x     y\t\t\tz"
            + "<call><call>  <ca\u0301ll> </call>\n  \n";
        foreach (var text in Texts(withinBasicPlane: false).Prepend(Marked))
        {
            var expected = theirs.Encode(text).Select(token => (int)token).ToArray();
            Assert.Equal(expected, ours.Encode(text));
            Assert.Equal(expected, again.Encode(text));
        }
        Assert.Contains(ours.Pairs.Added[0].Number, ours.Encode(Marked));
        Assert.Contains(ours.Pairs.Added[^1].Number, ours.Encode(Marked));
    }

    [Fact]
    public void Bytes_that_no_text_has_need_no_token_and_all_others_do()
    {
        // Pythia's vocabulary is without them.
        var all = Trained(PreSplit.Gpt2);
        var fewer = new BpeTokenizer(all.Pairs with { Bytes = [.. all.Pairs.Bytes.Select(Without(0xC0, 0xC1, 0xF5))] });
        foreach (var text in Texts(withinBasicPlane: false)) Assert.Equal(all.Encode(text), fewer.Encode(text));
        var refused = Assert.Throws<DataException>(
            () => new BpeTokenizer(all.Pairs with { Bytes = [.. all.Pairs.Bytes.Select(Without(0xF4))] }));
        Assert.Contains("no token for 1 of the 256 bytes (the first is 0xF4)", refused.Message, StringComparison.Ordinal);

        static Func<byte[], byte[]> Without(params byte[] values) =>
            token => token is [var only] && values.Contains(only) ? [] : token;
    }

    [Fact]
    public void What_is_lone_in_a_text_that_is_composed_is_a_replacement()
    {
        var tokenizer = WithAddedTokens(composes: true);
        Assert.Equal("\u00E9\uFFFDx", tokenizer.Decode(tokenizer.Encode("e\u0301\uD800x")));
    }

    [Fact]
    public void A_megabyte_without_a_space_is_encoded_in_one_piece()
    {
        // Were a word's merges looked for one after another, this would take hours.
        var tokenizer = BuiltInTokenizers.Find("o200k_base")!;
        var words = string.Concat(Enumerable.Repeat("ማዕከላዊ", 60_000));
        foreach (var text in new[] { new string('a', 1_000_000), words })
        {
            var tokens = tokenizer.Encode(text);
            Assert.True(tokens.Length < Encoding.UTF8.GetByteCount(text));
            Assert.Equal(text, tokenizer.Decode(tokens));
        }
    }

    [Fact]
    public void Long_texts_are_encoded_in_pieces_as_they_are_whole()
    {
        var tokenizer = BuiltInTokenizers.Find("cl100k_base")!;
        var text = string.Concat(Enumerable.Range(0, 300).Select(seed => Samples.Prose(seed, 500))) + "end.\n";
        Assert.True(text.Length > 600_000);
        var lines = text.Split('\n').SkipLast(1).Select(line => line + '\n');
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal(lines.SelectMany(line => tokenizer.Encode(line)), tokenizer.Encode(text));
    }

    [Fact]
    public void Names_of_special_tokens_in_a_text_are_text()
    {
        var tokenizer = BuiltInTokenizers.Find("gpt2")!;
        Assert.Equal((50257, 50256), (tokenizer.Vocabulary, tokenizer.EndOfDocument));
        Assert.DoesNotContain(tokenizer.EndOfDocument, tokenizer.Encode("a<|endoftext|>b"));
        Assert.Equal([15496, 995], tokenizer.Encode("Hello world"));
    }

    private static BpeTokenizer Trained(PreSplit split)
    {
        var trainer = new BpeTrainer(split, ["<|user|>"]);
        foreach (var text in Texts(withinBasicPlane: false)) trainer.Add(text);
        return trainer.Train(1200);
    }

    private static BpeTokenizer WithAddedTokens(bool composes)
    {
        var plain = Trained(PreSplit.Cl100k with { Digits = 1 }).Pairs;
        string[] texts = ["    ", "  ", "\t\t", "<call>"];
        return new(plain with
        {
            Bytes = [.. plain.Bytes, .. texts.Select(Encoding.UTF8.GetBytes)],
            Added = [.. texts.Select((text, i) => new AddedToken(text, plain.Bytes.Count + i, text[0] != '<'))],
            Composes = composes,
        });
    }

    private static IEnumerable<string> Texts(bool withinBasicPlane)
    {
        yield return Mixed;
        yield return Long;
        yield return Samples.Prose(3, 2000);
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var text = Samples.AnyText(random, 60);
            yield return string.Concat(text.EnumerateRunes()
                .Where(rune => IsLongAssigned(rune) && (rune.IsBmp || !withinBasicPlane || IsEmoji(rune))));
        }
        if (!withinBasicPlane) yield return "𝐀𝐁𝟏𝟐 𠀀𠀁 𞤀𞤁 𐐀𐐨 a𝐀1𝟏";
    }

    private static bool IsEmoji(Rune rune) => rune.Value is >= 0x1F300 and < 0x1F600;

    /// <summary>
    /// Letters that a Unicode of a few years ago had: libraries differ in those that came later.
    /// </summary>
    private static bool IsLongAssigned(Rune rune) => rune.Value is < 0x300 or (>= 0x1E00 and < 0x2060)
        or (>= 0x3041 and < 0x3097) or (>= 0x4E00 and < 0x9000) or (>= 0xAC00 and < 0xD7A4)
        or (>= 0x1F300 and < 0x1F600) or (>= 0x20000 and < 0x2A000) or (>= 0x1D400 and < 0x1D454);
}
