namespace ScalingLab.Data.Shards;

/// <summary>
/// A text cut into windows of context + 1 tokens that overlap by one: window w starts at token w x context, so each
/// token but the first is a target in exactly one window. What does not fill a window at the end is left out.</summary>
internal static class TokenWindows
{
    /// <exception cref="DataException">The text has not one whole window.</exception>
    public static long Count(TokenText text, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        var windows = (text.Tokens - 1) / context;
        if (windows >= 1) return windows;
        throw new DataException(
            $"{text.Path}: {text.Tokens} tokens are too few for a context of {context}, which takes {context + 1L}: " +
            "give more text, or make the context shorter.");
    }

    /// <summary>Window w: inputs are its first context tokens, targets the same moved on by one.</summary>
    public static void Read(TokenText text, int context, long window, Span<long> inputs, Span<long> targets)
    {
        text.Read(window * context, inputs);
        inputs[1..].CopyTo(targets);
        text.Read((window + 1) * context, targets[^1..]);
    }

    public static void CheckLength(int sequences, int context, Span<long> inputs, Span<long> targets)
    {
        var length = checked(sequences * context);
        if (inputs.Length != length)
            throw new ArgumentException($"{inputs.Length} long, {length} needed", nameof(inputs));
        if (targets.Length != length)
            throw new ArgumentException($"{targets.Length} long, {length} needed", nameof(targets));
    }
}
