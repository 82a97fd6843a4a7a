using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.BytePairs;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Tests;

public sealed class BpeTrainerTests
{
    // More than threads are given at once.
    private static readonly List<string> Texts =
        [.. Enumerable.Range(0, 40).Select(seed => string.Concat(Enumerable.Repeat(Samples.Prose(seed, 5000), 20)))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Whatever_the_threads_the_same_is_learned(int threads)
    {
        BpeTokenizer Train(int count)
        {
            var trainer = new BpeTrainer(PreSplit.Cl100k, [], count);
            foreach (var text in Texts) trainer.Add(text);
            return trainer.Train(1500);
        }

        Assert.Equal(Train(3).Hash, Train(threads).Hash);
    }

    [Fact]
    public void Rare_words_are_left_out_beyond_a_bound_and_counted_whatever_the_threads()
    {
        (string Hash, long Lost) Train(int threads)
        {
            var trainer = new BpeTrainer(PreSplit.Gpt2, [], threads, mostWords: 2000);
            foreach (var text in Texts) trainer.Add(text);
            return (trainer.Train(600).Hash, trainer.LostWords);
        }

        var one = Train(1);
        Assert.True(one.Lost > 0);
        Assert.Equal(one, Train(3));
    }

    [Fact]
    public void Equally_frequent_pairs_go_by_the_numbers_that_Hugging_Face_gives_the_bytes()
    {
        // "ab" and " b" both stand once. By value the blank (32) comes before a (97); Hugging Face numbers it after.
        var (plain, other) = (new BpeTrainer(), new BpeTrainer(PreSplit.Gpt2, []));
        foreach (var trainer in new[] { plain, other })
        {
            trainer.Add("ab");
            trainer.Add(" b");
        }
        Assert.Equal([(' ', 'b'), ('a', 'b')], plain.Train(259).Merges);
        var learned = other.Train(259);
        Assert.Equal(["ab", " b"], learned.Merges.Select((_, i) => learned.Decode([256 + i])));
        Assert.Equal(BytePairVocabulary.Gpt2ByteOrder,
            Enumerable.Range(0, 256).Select(token => learned.Bytes(token)[0]));
    }

    [Fact]
    public void Special_tokens_are_numbered_before_the_end_of_document_and_count_in_the_vocabulary()
    {
        var trainer = new BpeTrainer(PreSplit.Gpt2, ["<|user|>", "<|bot|>"]);
        trainer.Add("ab ab ab");
        var tokenizer = trainer.Train(261);
        Assert.Equal((261, 260), (tokenizer.Vocabulary, tokenizer.EndOfDocument));
        Assert.Equal([("<|user|>", 258), ("<|bot|>", 259), ("<|endoftext|>", 260)],
            tokenizer.Pairs.Specials.Select(special => (special.Name, special.Number)));
        Assert.Equal(2, tokenizer.Merges.Count);
    }

    [Fact]
    public void A_word_of_a_megabyte_is_learned_from()
    {
        var trainer = new BpeTrainer(PreSplit.Gpt2, []);
        var random = new Random(5);
        trainer.Add(string.Concat(Enumerable.Range(0, 500_000).Select(_ => "abc"[random.Next(3)])));
        Assert.Equal(500, trainer.Train(500).Vocabulary);
    }
}
