using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Batches;

/// <summary>
/// The loss of knowing only how often each token occurs: the cross-entropy of the training text's token frequencies on
/// validation windows. A language model that does no better has learned nothing of what stands before a token.
/// </summary>
internal static class UnigramBaseline
{
    /// <summary>
    /// Tokens counted at most, in pieces spread evenly over the text: a second's reading at most. What the frequencies
    /// of so many err by is (vocabulary - 1) / (2 x tokens) nats/token, 0.001 at a vocabulary of 32,768 (Miller 1955).
    /// </summary>
    private const long MaxTokens = 1 << 24;

    private const int Piece = 1 << 14;

    /// <summary>
    /// The frequencies of the tokens, [vocabulary]; each token is counted once more than it occurs, so that none is
    /// impossible (Laplace).
    /// </summary>
    public static double[] Frequencies(TokenText text, int vocabulary, long most = MaxTokens)
    {
        var (counts, piece) = (new long[vocabulary], new long[Piece]);
        var wanted = Math.Min(text.Tokens, most);
        var pieces = (wanted + Piece - 1) / Piece;
        for (long i = 0; i < pieces; i++)
        {
            var read = piece.AsSpan(0, (int)Math.Min(Piece, wanted - (i * Piece)));
            // As far apart as the text is longer than what is counted; a text that is not longer is read from end to
            // end.
            text.Read((long)((UInt128)(i * Piece) * (UInt128)text.Tokens / (UInt128)wanted), read);
            foreach (var token in read) counts[token]++;
        }

        return [.. counts.Select(count => (count + 1.0) / (wanted + vocabulary))];
    }

    /// <summary>Mean cross-entropy over the windows' targets, nats/token.</summary>
    public static double Loss(EvaluationWindows windows, double[] frequencies)
    {
        double[] cost = [.. frequencies.Select(frequency => -Math.Log(frequency))];
        var (inputs, targets) = (new long[windows.Context], new long[windows.Context]);
        double sum = 0;
        for (long window = 0; window < windows.Windows; window++)
        {
            windows.Read(window, 1, inputs, targets);
            foreach (var token in targets) sum += cost[token];
        }

        return sum / windows.Tokens;
    }
}
