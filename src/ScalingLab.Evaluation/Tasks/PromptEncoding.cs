using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>How text and continuation become tokens.</summary>
public static class PromptEncoding
{
    /// <summary>
    /// Tokens of both as lm-evaluation-harness has them: white space at the text's end goes to the continuation, both
    /// are encoded together, and what stands behind the text's own number of tokens is the continuation's. An empty
    /// text is an end of document.
    /// </summary>
    public static (int[] Context, int[] Continuation) Encode(Tokenizer tokenizer, string context, string continuation)
    {
        var text = context.TrimEnd();
        var rest = context[text.Length..] + continuation;
        if (text.Length == 0) return ([tokenizer.EndOfDocument], tokenizer.Encode(rest));
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
