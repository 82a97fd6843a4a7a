namespace ScalingLab.Data;

/// <summary>The units in which a language model's loss is told.</summary>
public static class LossUnits
{
    /// <summary>
    /// A text of T tokens and B bytes with mean loss l nats/token has, in all, T l nats = T l / ln 2 bits of
    /// information under the model (a nat is 1 / ln 2 bits); over its B bytes that is (T / B) l / ln 2 = l / (ln 2 x
    /// bytes per token). Unlike nats/token it can be compared between tokenizers (Gao et al. 2020, The Pile, section
    /// 3.1).
    /// </summary>
    /// <param name="natsPerToken">Mean cross-entropy.</param>
    /// <param name="bytesPerToken">UTF-8 bytes of the text over its tokens.</param>
    public static double BitsPerByte(double natsPerToken, double bytesPerToken) =>
        natsPerToken / (Math.Log(2) * bytesPerToken);

    /// <summary>exp(nats/token): the number of equally likely tokens that would be as hard to guess.</summary>
    public static double Perplexity(double natsPerToken) => Math.Exp(natsPerToken);
}
