namespace ScalingLab.Worker.Diagnostics;

/// <summary>
/// Made-up text that a model can learn: a token follows from the one before it four times in five. The same for the
/// same sequence.
/// </summary>
internal static class SyntheticText
{
    /// <summary>Fills a batch: token ids and the tokens that follow.</summary>
    /// <param name="vocabulary">Token ids below this.</param>
    /// <param name="first">Number of the first sequence.</param>
    /// <param name="sequences">How many.</param>
    /// <param name="inputs">[sequences, context].</param>
    /// <param name="targets">[sequences, context].</param>
    public static void Fill(int vocabulary, long first, int sequences, Span<long> inputs, Span<long> targets)
    {
        var context = inputs.Length / sequences;
        for (var s = 0; s < sequences; s++)
        {
            var random = new Random((int)(first + s));
            long token = random.Next(vocabulary);
            for (var t = 0; t < context; t++)
            {
                inputs[(s * context) + t] = token;
                token = random.Next(5) > 0 ? ((token * 7) + 3) % vocabulary : random.Next(vocabulary);
                targets[(s * context) + t] = token;
            }
        }
    }
}
