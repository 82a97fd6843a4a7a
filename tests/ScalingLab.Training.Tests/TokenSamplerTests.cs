using ScalingLab.Training.Inference;

namespace ScalingLab.Training.Tests;

public class TokenSamplerTests
{
    private static readonly float[] Logits = [0, 3, 1, 2, -4];

    [Fact]
    public void At_temperature_0_the_likeliest_token_is_taken() =>
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(1, new TokenSampler(0, 0, 1, seed).Next(Logits)));

    [Fact]
    public void Tokens_are_drawn_as_often_as_their_probability_at_the_temperature_says()
    {
        const int Draws = 200_000;
        var sampler = new TokenSampler(2, 0, 1, seed: 3);
        var counts = new int[Logits.Length];
        for (var i = 0; i < Draws; i++) counts[sampler.Next(Logits)]++;
        var weights = Logits.Select(l => Math.Exp(l / 2)).ToArray();
        for (var token = 0; token < counts.Length; token++)
        {
            var p = weights[token] / weights.Sum();
            Assert.InRange(counts[token], (Draws * p) - (5 * Math.Sqrt(Draws * p)), (Draws * p)
                + (5 * Math.Sqrt(Draws * p)));
        }
    }

    [Fact]
    public void Top_k_and_top_p_leave_the_likeliest_tokens_only()
    {
        Assert.Equal([1, 3], new TokenSampler(1, 2, 1, 1).Candidates(Logits).Select(c => c.Token));

        // Probabilities of softmax: 0.64, 0.24, 0.087, 0.032, 0.0006.
        Assert.Equal([1], new TokenSampler(1, 0, 0.6, 1).Candidates(Logits).Select(c => c.Token));
        Assert.Equal([1, 3], new TokenSampler(1, 0, 0.7, 1).Candidates(Logits).Select(c => c.Token));
        Assert.Equal(5, new TokenSampler(1, 0, 1, 1).Candidates(Logits).Count);
        Assert.Equal(1, new TokenSampler(1, 0, 1, 1).Candidates(Logits).Sum(c => c.Probability), 1e-12);
    }

    [Fact]
    public void Equally_likely_tokens_come_in_the_order_of_their_numbers() =>
        Assert.Equal([0, 1, 2], new TokenSampler(1, 3, 1, 1).Candidates([1f, 1f, 1f, 1f]).Select(c => c.Token));
}
