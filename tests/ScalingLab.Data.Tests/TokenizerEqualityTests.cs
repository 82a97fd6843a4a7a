using System.Text;
using Microsoft.ML.Tokenizers;
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
