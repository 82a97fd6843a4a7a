using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outliers;

namespace ScalingLab.Fitting.Tests;

/// <summary>Runs that lie far above what their neighbours predict.</summary>
public sealed class NeighbourTests
{
    /// <summary>
    /// Measured on four H200s, 400 MB of Python source, vocabulary 32,768: N with the head, tokens, validation loss.
    /// </summary>
    private static LossObservation Measured(string model, double parameters, double tokens, double loss, int row) =>
        new(parameters, tokens, 6 * parameters * tokens, loss, Label: model, Row: row);

    [Fact]
    public void A_single_good_neighbour_tells_larger_models_that_were_starved_of_steps()
    {
        LossObservation[] runs =
        [
            Measured("micro-5m", 13.1e6, 124e6, 2.198, 1), Measured("23m", 23.2e6, 59.7e6, 4.152, 2),
                Measured("31m", 31.5e6, 44e6, 4.487, 3),
            Measured("42m", 41.9e6, 33.5e6, 4.813, 4), Measured("55m", 54.7e6, 25.6e6, 4.67, 5),
        ];
        var above = NeighbourCheck.FindHighLosses(runs);
        Assert.Equal([2, 3, 4, 5], above.Select(one => one.Row));
        Assert.All(above, one => Assert.Equal(1, one.Neighbour));
        Assert.InRange(above[0].Predicted, 2.5, 3.0);

        Assert.Equal([2], NeighbourCheck.FindHighLosses(runs[..2]).Select(one => one.Row));
        Assert.Empty(NeighbourCheck.FindHighLosses(runs[..1]));
        Assert.Empty(NeighbourCheck.FindHighLosses([]));
    }

    [Fact]
    public void A_rough_valley_that_trains_is_left_alone()
    {
        LossObservation[] runs =
        [
            Measured("micro-5m", 13.1e6, 124e6, 2.054, 1), Measured("23m", 23.2e6, 59.7e6, 1.926, 2),
                Measured("31m", 31.5e6, 44e6, 2.104, 3),
            Measured("42m", 41.9e6, 33.5e6, 2.334, 4), Measured("micro-5m", 13.1e6, 372e6, 1.896, 5),
                Measured("23m", 23.2e6, 179e6, 1.606, 6),
            Measured("31m", 31.5e6, 132e6, 1.633, 7), Measured("42m", 41.9e6, 100e6, 1.703, 8),
                Measured("55m", 54.7e6, 77e6, 1.775, 9),
        ];
        Assert.Empty(NeighbourCheck.FindHighLosses(runs));
    }

    [Fact]
    public void Where_a_surface_has_hardly_more_places_than_coefficients_it_tells_of_none()
    {
        // Measured on one H200, 5.6M unique tokens, one to four passes: the loss falls faster than a parabola follows.
        LossObservation[] runs =
        [
            Measured("micro-2m", 8.06e6, 5.6e6, 4.2524, 1), Measured("micro-2m", 8.06e6, 11.2e6, 3.8224, 2),
            Measured("micro-2m", 8.06e6, 22.4e6, 3.0384, 3), Measured("12m", 11.5e6, 5.6e6, 4.1641, 4),
            Measured("12m", 11.5e6, 11.2e6, 3.3132, 5), Measured("12m", 11.5e6, 22.4e6, 2.9797, 6),
            Measured("23m", 23.2e6, 5.6e6, 4.0970, 7), Measured("23m", 23.2e6, 11.2e6, 3.2522, 8),
            Measured("23m", 23.2e6, 22.4e6, 2.8291, 9),
        ];
        Assert.Empty(NeighbourCheck.FindHighLosses(runs));
    }

    [Fact]
    public void No_law_that_was_published_lies_above_a_ceiling_and_noise_alone_flags_next_to_nothing()
    {
        ParametricLaw[] laws =
        [
            new(1.69, 406.4, 410.7, 0.34, 0.28), new(1.8172, 482.01, 2085.43, 0.3478, 0.3658),
                new(0.01, 482.01, 2085.43, 0.3478, 0.3658),
        ];
        foreach (var law in laws)
            Assert.Empty(NeighbourCheck.FindHighLosses(Surfaces.IsoFlop(law, [1e18, 1e19, 1e20, 1e21], halfWidth: 2)));

        var (flagged, judged) = (0, 0);
        for (var seed = 1; seed <= 200; seed++)
        {
            var sweep =
                Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 3e18, 1e19], sizes: 5), 0.005, seed);
            (flagged, judged) = (flagged + NeighbourCheck.FindHighLosses(sweep).Count, judged + sweep.Count);
        }

        Assert.True(flagged <= 3, $"{flagged} of {judged} good runs are flagged");
    }

    [Fact]
    public void The_last_of_many_seeds_is_not_judged_by_the_first_of_them()
    {
        var flagged = 0;
        for (var draw = 1; draw <= 100; draw++)
        {
            var seeds = Enumerable.Repeat(Measured("micro-63k", 63_000, 200_000, 3.2, 1), 30).ToList();
            // the scatter of 30 seeds of that run
            flagged += NeighbourCheck.FindHighLosses(Surfaces.Noisy(seeds, 0.0107, draw)).Count;
        }

        Assert.True(flagged <= 2, $"{flagged} of 3000 good runs are flagged");

        double[] losses = [3.20, 3.21, 4.4, 4.6];
        Assert.Equal([3, 4],
            NeighbourCheck.FindHighLosses(
                [.. losses.Select((loss, i) => Measured("half failed", 63_000, 200_000, loss, i + 1))])
                .Select(o => o.Row));
    }

    [Fact]
    public void A_run_somewhat_above_a_smooth_sweep_is_found_by_the_surface_though_no_one_neighbour_tells_it()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 3e18, 1e19], sizes: 5), 0.003, 4);
        sweep[7] = sweep[7] with { Loss = sweep[7].Loss + 0.25 };
        var above = Assert.Single(NeighbourCheck.FindHighLosses(sweep));
        Assert.Equal((8, null), (above.Row, above.Neighbour));
        Assert.Equal(sweep[7].Loss - 0.25, above.Predicted, 0.06);
    }

    [Fact]
    public void A_minority_of_bad_runs_neither_hides_itself_nor_accuses_the_good_ones()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 3e18, 1e19, 3e19], sizes: 6), 0.003, 5);
        int[] bad = [2, 3, 9, 17, 23];
        foreach (var index in bad) sweep[index] = sweep[index] with { Loss = sweep[index].Loss + 0.4 };
        Assert.Equal(bad.Select(index => index + 1), NeighbourCheck.FindHighLosses(sweep).Select(one => one.Row));
    }

    [Fact]
    public void A_seed_that_failed_is_told_by_the_others_and_cannot_hide_in_its_own_scatter()
    {
        LossObservation Seed(double loss, string seed, double tokens = 4e5) =>
            new(38_520, tokens, 9.3e10, loss, Seed: seed);

        Assert.Equal([2], NeighbourCheck.FindHighLosses([Seed(3.77, "1"), Seed(4.65, "2")]).Select(one => one.Row));
        Assert.Equal([2, 4],
            NeighbourCheck.FindHighLosses([Seed(3.77, "1"), Seed(4.65, "2"), Seed(3.91, "3"), Seed(4.32, "4")])
            .Select(one => one.Row));
        Assert.Empty(
            NeighbourCheck.FindHighLosses([Seed(3.829, "1"), Seed(3.837, "2"), Seed(3.828, "3"), Seed(3.85, "4")]));
        // Where seeds are known to differ by 1 %, 0.15 nats/token are nothing; where by 0.1 %, they are.
        Assert.Empty(NeighbourCheck.FindHighLosses(
            [Seed(3.7, "1"), Seed(3.85, "2"), Seed(3.5, "1", 8e5), Seed(3.57, "2", 8e5), Seed(3.3, "1", 2e6),
                Seed(3.37, "2", 2e6)]));
        Assert.Single(
            NeighbourCheck.FindHighLosses(
                [Seed(3.7, "1"), Seed(3.85, "2"), Seed(3.5, "1", 8e5), Seed(3.504, "2", 8e5)]));
    }

    [Fact]
    public void Rows_known_to_be_bad_and_rows_without_a_loss_bend_no_surface()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 3e18, 1e19], sizes: 5), 0.003, 6);
        sweep.Add(sweep[0] with { Loss = double.NaN });
        Assert.Empty(NeighbourCheck.FindHighLosses(sweep));
        Assert.Empty(NeighbourCheck.FindHighLosses(sweep, new HashSet<int> { 1, 2, 3, 4, 5, 6, 7, 8 }));
    }

    [Fact]
    public void Flagged_rows_are_fitted_and_the_headline_and_a_warning_say_so()
    {
        var sweep = Surfaces.Noisy(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20, 1e21]), 0.002, 3);
        sweep[4] = sweep[4] with { Flags = "undertrained" };
        sweep[5] = sweep[5] with { Flags = "undertrained;unstable" };
        var document = Fitter.Fit(sweep, new FitOptions { Bootstrap = 0, Approaches = [FitApproach.IsoFlop] });
        Assert.Equal(sweep.Count, document.Input.Points);
        Assert.Equal([new FlaggedRow(5, "undertrained"), new FlaggedRow(6, "undertrained;unstable")],
            document.Input.Flagged);
        Assert.Contains("2 of the 28 runs in it are flagged (2 undertrained, 1 unstable).", Fitter.Headline(document),
            StringComparison.Ordinal);
        Assert.Equal([5, 6], Assert.Single(document.Warnings, warning => warning.Code == "flagged-runs").Rows);
        Assert.Equal(document.Input.Flagged, FitDocument.FromJson(document.ToJson()).Input.Flagged);

        var clean =
            Fitter.Fit(Surfaces.IsoFlop(Surfaces.Chinchilla, [1e18, 1e19, 1e20]),
                new FitOptions { Bootstrap = 0, Approaches = [FitApproach.IsoFlop] });
        Assert.Empty(clean.Input.Flagged);
        Assert.DoesNotContain("flagged", Fitter.Headline(clean), StringComparison.Ordinal);
    }
}
