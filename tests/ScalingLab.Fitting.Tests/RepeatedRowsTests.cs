using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;

namespace ScalingLab.Fitting.Tests;

/// <summary>
/// Rows that repeat their text often are no fresh text: headline, frontier and exponents must not take them for it.
/// </summary>
public sealed class RepeatedRowsTests
{
    private const double TokensDecay = 15.4;

    private static readonly ParametricLaw Law = Surfaces.Chinchilla;
    private static readonly FitOptions Brief = new()
    {
        Bootstrap = 60,
        Approaches = [FitApproach.Parametric, FitApproach.IsoFlop, FitApproach.DataConstrained],
    };

    [Fact]
    public void The_headline_and_the_advice_come_from_the_data_constrained_law_where_rows_repeat_up_to_64_times()
    {
        var document = Fitter.Fit(Repeating(), Brief);
        Assert.Equal(FrontierSource.DataConstrained, document.FrontierSource);
        // Beside that, the parametric law of all rows would give a = 0.58.
        Assert.Equal(Law.ParametersExponent, document.AdviceLaw!.Law.ParametersExponent, 0.02);
        Assert.Equal(TokensDecay, document.DataConstrained!.TokensDecay!.Value, 1.5);
        Assert.Equal(20, document.RepeatedRows!.Count);
        Assert.Equal(64, document.RepeatedRows.MostEpochs);
        foreach (var point in document.Frontier)
            Assert.InRange(point.Parameters / Law.Optimum(point.Flops).Parameters, 0.85, 1.15);
        // 64 epochs of 100 million tokens are worth 1.62 billion fresh ones: beyond that nothing was seen.
        Assert.All(document.Frontier, point => Assert.Equal(point.Flops > 6 * 1e9 * 1.7e9, point.Extrapolated));
        var headline = Fitter.Headline(document);
        Assert.Contains("data-constrained law, fresh text", headline, StringComparison.Ordinal);
        Assert.Contains("20 of 35 rows repeat their text more than four times (up to 64)", headline,
            StringComparison.Ordinal);
        Assert.Equal(headline, Fitter.Headline(FitDocument.FromJson(document.ToJson())));
        Assert.Contains(ApproachExponents.From(document),
            row => row.Approach.StartsWith("data-constrained", StringComparison.Ordinal)
            && row.ParametersExponent == document.DataConstrained.ParametersExponent);
    }

    [Fact]
    public void No_other_law_sees_the_rows_of_more_than_four_epochs()
    {
        var sweep = Repeating();
        var document = Fitter.Fit(sweep, Brief);
        var few = Fitter.Fit(RepeatedRows.Without(sweep), Brief);
        Assert.Equal(15, document.Parametric!.Points);
        Assert.Equal(few.Parametric!.Law, document.Parametric.Law);
        Assert.All(document.Parametric.Residuals, one => Assert.True(one.Tokens <= 4e8));
        Assert.All(document.Isoflop!.Minima.SelectMany(one => one.Rows),
            row => Assert.True(sweep[row - 1].Tokens <= 4e8));
        Assert.Equal(35, document.DataConstrained!.Points);
    }

    [Fact]
    public void Where_what_repeating_is_worth_is_not_asked_the_rows_of_at_most_four_epochs_lead()
    {
        // Enough fresh text beside a few runs that repeat a hundred times.
        var sweep = Surfaces.Noisy(Surfaces.Grid(Law), 0.001, 2).Select(one => one with { UniqueTokens = one.Tokens })
            .ToList();
        sweep.AddRange(
            sweep.Take(10).Select(one => one with { Tokens = 100 * one.Tokens, Flops = 100 * one.Flops }).ToList());
        var document = Fitter.Fit(sweep, Brief with { Approaches = [FitApproach.Parametric] });
        Assert.Equal(FrontierSource.Parametric, document.FrontierSource);
        Assert.Equal(Law.ParametersExponent, document.Parametric!.ParametersExponent!.Value, 0.01);
        Assert.Contains("10 of 59 rows repeat their text more than four times (up to 100): the headline and the advice "
            + "are from the other 49 rows",
            Fitter.Headline(document), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_neither_is_sure_the_headline_is_withheld()
    {
        var sweep = Repeating().Where(one => one.Tokens > 2e8).ToList();
        var document = Fitter.Fit(sweep, Brief with { Approaches = [FitApproach.Parametric, FitApproach.IsoFlop] });
        Assert.Equal(FrontierSource.None, document.FrontierSource);
        Assert.Empty(document.Frontier);
        Assert.StartsWith("What 10x the compute should buy is not known", Fitter.Headline(document),
            StringComparison.Ordinal);
        Assert.Contains("20 of 25 rows repeat", Fitter.Headline(document), StringComparison.Ordinal);
    }

    [Fact]
    public void Up_to_four_epochs_and_where_nothing_is_said_of_repetition_every_row_counts()
    {
        var sweep = Surfaces.Noisy(Surfaces.Grid(Law), 0.001, 2);
        foreach (var rows
            in new[] { sweep, sweep.Select(one => one with { UniqueTokens = one.Tokens / 4.02 }).ToList() })
        {
            var document = Fitter.Fit(rows, Brief with { Approaches = [FitApproach.Parametric] });
            Assert.Null(document.RepeatedRows);
            Assert.Equal(49, document.Parametric!.Points);
        }
    }

    [Fact]
    public void The_points_of_a_training_curve_count_until_it_has_seen_its_text_four_times()
    {
        var curves = (from n in new[] { 1e7, 2e7, 4e7, 8e7, 1.6e8 }
                      from step in Enumerable.Range(1, 40)
                      let d = 1e8 * step
                      select new LossObservation(n, d, 6 * n * d, Law.Loss(n, d), Label: $"{n}",
                          UniqueTokens: 5e8)).ToList();
        var document = Fitter.Fit(
            new FitRows(Surfaces.Grid(Law)) { Curves = curves },
            new FitOptions { Bootstrap = 0, Approaches = [FitApproach.Envelope] });
        Assert.Equal(5 * 20, document.Envelope!.Points);
    }

    /// <summary>
    /// Five sizes on 100 million distinct tokens seen 1 to 64 times, every parameter at its full worth.
    /// </summary>
    private static List<LossObservation> Repeating()
    {
        var law = new DataConstrainedLaw(Law, TokensDecay, double.PositiveInfinity);
        return Surfaces.Noisy(
            from n in new[] { 1e7, 3e7, 1e8, 3e8, 1e9 }
            from epochs in new[] { 1, 2, 4, 8, 16, 32, 64 }
            let d = 1e8 * epochs
            select new LossObservation(n, d, 6 * n * d, law.Loss(n, d, 1e8), UniqueTokens: 1e8), 0.001, 5);
    }
}
