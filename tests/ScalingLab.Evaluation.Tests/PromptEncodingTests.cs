using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Evaluation.Tasks;

namespace ScalingLab.Evaluation.Tests;

public sealed class PromptEncodingTests
{
    private static readonly Tokenizer Gpt2 = BuiltInTokenizers.Find("gpt2")!;

    [Theory]
    [InlineData("The capital of France is", " Paris", " Paris")]
    [InlineData("Question: Who?\nAnswer: ", " he", "  he")] // spaces go to the continuation
    [InlineData("", " Paris", " Paris")]
    public void White_space_at_the_end_of_a_text_goes_to_its_continuation(
        string context, string continuation, string encoded)
    {
        var (before, after) = PromptEncoding.Encode(Gpt2, Gpt2.EndOfDocument, context, continuation);
        Assert.Equal(encoded, Gpt2.Decode(after));
        Assert.Equal(context.Length == 0 ? [Gpt2.EndOfDocument] : Gpt2.Encode(context.TrimEnd()), before);
    }

    [Fact]
    public void Where_tokens_reach_over_the_border_the_whole_decides()
    {
        // "un" and "believable" are other tokens than "unbelievable"
        var (before, after) = PromptEncoding.Encode(Gpt2, Gpt2.EndOfDocument, "un", "believable");
        Assert.Equal(Gpt2.Encode("un"), before);
        Assert.Equal(Gpt2.Encode("unbelievable")[before.Length..], after);
    }

    [Fact]
    public void Of_a_long_text_the_end_is_kept() =>
        Assert.Equal(" three", Gpt2.Decode(PromptEncoding.LastOf(Gpt2, "one two three", 1)));
}
