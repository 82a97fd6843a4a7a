using ScalingLab.Fitting.Laws.Parametric;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Predictions;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Tests;

public sealed class PublishedTests
{
    [Fact]
    public void Published_power_laws_pass_through_what_their_papers_print()
    {
        // Hoffmann et al. 2022, table 3 (approach 1): parameters, FLOPs, tokens.
        foreach (var (n, c, d) in new[]
        {
            (4e8, 1.92e19, 8e9), (1e9, 1.21e20, 20.2e9), (10e9, 1.23e22, 205.1e9), (175e9, 3.85e24, 3.7e12),
                (1e12, 1.27e26, 21.2e12),
            (1e13, 1.30e28, 216.2e12),
        })
        {
            var (parameters, tokens) = PublishedLaws.Hoffmann2022EqualScaling.Optimum(c)!.Value;
            Assert.InRange(parameters / n, 0.9, 1.1);
            Assert.InRange(tokens / d, 0.9, 1.1);
        }

        var llama = PublishedLaws.Llama2024.Optimum(3.8e25)!.Value;
        Assert.Equal(402e9, llama.Parameters, 1e3);
        Assert.Equal(16.55e12, llama.Tokens, 1e6);
        // C = MD with M = 6N.
        var deepSeek = PublishedLaws.DeepSeek2024.Optimum(1e21)!.Value;
        Assert.Equal(1, 6 * deepSeek.Parameters * deepSeek.Tokens / 1e21, 1e-3);
        // The data-constrained notebook prints 69,962,173,614 parameters for Gopher's budget.
        Assert.Equal(69_962_173_614, PublishedLaws.Muennighoff2023.Optimum(5.76e23)!.Value.Parameters, 2e4);
        Assert.Null(PublishedLaws.Hoffmann2022IsoFlop.Optimum(1e21));
    }

    [Fact]
    public void Every_law_names_its_paper() =>
        Assert.All(PublishedLaws.All, law => Assert.Contains("arXiv", law.Source, StringComparison.Ordinal));

    [Fact]
    public void A_comparison_gives_each_laws_advice_and_what_the_own_law_makes_of_it()
    {
        var fit = ParametricFitter.Fit(Surfaces.Grid(Surfaces.Chinchilla), new FitOptions { Bootstrap = 0 });
        var comparison = PublishedComparison.Create([1e21, 1e19, 1e21], AdviceLaw.From(fit));
        Assert.Equal(PublishedLaws.All.Count, comparison.Published.Count);
        Assert.Equal([1e19, 1e21], comparison.Own!.Advice.Select(one => one.Flops));
        Assert.All(comparison.Own.Advice, one => Assert.Equal(0, one.ExcessLoss!.Value, 1e-9));
        var same = comparison.Published.Single(law => law.Name == "Hoffmann et al. 2022");
        Assert.All(same.Advice, one => Assert.Equal(0, one.ExcessLoss!.Value, 1e-6));
        var kaplan = comparison.Published.Single(law => law.Name == "Kaplan et al. 2020");
        Assert.True(kaplan.NonEmbedding);
        Assert.True(kaplan.Advice[1].ExcessLoss > 0.01);
        Assert.All(kaplan.Advice, one => Assert.Equal(one.Tokens / one.Parameters, one.TokensPerParameter, 1e-9));
        Assert.Empty(comparison.Published.Single(law => law.Name == "Hoffmann et al. 2022, approach 2").Advice);
        Assert.Equal(Math.Pow(10, 0.73), kaplan.TenfoldParameters, 1e-12);
    }

    [Fact]
    public void The_sentence_says_the_own_factors_beside_Kaplans_and_Chinchillas()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Surfaces.Chinchilla), 0.001, 2);
        var fit = ParametricFitter.Fit(sweep, new FitOptions { Bootstrap = 40 });
        var sentence = PublishedComparison.Create([1e20], AdviceLaw.From(fit)).Sentence!;
        Assert.StartsWith("10x the compute means x2.8 (95 %: ", sentence, StringComparison.Ordinal);
        Assert.Contains("x5.5 and x1.8", sentence, StringComparison.Ordinal);
        Assert.Contains("x3.2 and x3.2", sentence, StringComparison.Ordinal);
        var none = PublishedComparison.Create([1e20], AdviceLaw.From(ParametricFitter.Fit([], new FitOptions())));
        Assert.Null(none.Own);
        Assert.Null(none.Sentence);
        Assert.All(none.Published.SelectMany(law => law.Advice), one => Assert.Null(one.Loss));
    }
}
