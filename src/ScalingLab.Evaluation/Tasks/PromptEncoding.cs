using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>How text and continuation become tokens.</summary>
public static class PromptEncoding
{
    /// <summary>
    /// Tokens of both as lm-evaluation-harness has them: white space at the text's end goes to the continuation, both
    /// are encoded together, and what stands behind the text's own number of tokens is the continuation's.
    /// </summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="begin">The token that stands for an empty text.</param>
    /// <param name="context">The text.</param>
    /// <param name="continuation">What may follow.</param>
    public static (int[] Context, int[] Continuation) Encode(
        Tokenizer tokenizer, int begin, string context, string continuation)
    {
        var text = context.TrimEnd();
        var rest = context[text.Length..] + continuation;
        if (text.Length == 0) return ([begin], tokenizer.Encode(rest));
        var before = tokenizer.Encode(text);
        var whole = tokenizer.Encode(text + rest);
        return (before, whole[Math.Min(before.Length, whole.Length)..]);
    }

    /// <summary>A text's tokens, without its beginning where they are more.</summary>
    public static int[] LastOf(Tokenizer tokenizer, string text, int most)
    {
        var tokens = tokenizer.Encode(text);
        return tokens[Math.Max(0, tokens.Length - most)..];
    }
}
