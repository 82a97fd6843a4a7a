using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Fitting.Published;

namespace ScalingLab.Fitting.Tests;

public sealed class CountingTests
{
    private static readonly FitOptions NoBootstrap = new() { Bootstrap = 0 };

    [Fact]
    public void The_same_runs_scale_faster_in_non_embedding_parameters_than_in_all()
    {
        var table = CountingConventions.Fit(Small(), NoBootstrap with { Bootstrap = 30 });
        var total = Assert.Single(table, row => row is { Size: SizeCounting.Total, Flops: FlopsCounting.SixND });
        var bare = Assert.Single(table, row => row is { Size: SizeCounting.NonEmbedding, Flops: FlopsCounting.SixND });
        Assert.Equal(FitStatus.Converged, total.ParametricStatus);
        Assert.Equal(PublishedLaws.Besiroglu2024.Law!.ParametersExponent, total.ParametricExponent!.Value, 1e-6);
        // Pearce and Song 2024: at small sizes the embedding's share falls as models grow, and N without it seems to
        // grow faster; a law of Hoffmann et al.'s form no longer fits, and says so.
        Assert.True(bare.KaplanExponent > total.KaplanExponent + 0.05, $"{total} {bare}");
        Assert.True(bare.AlphaN < total.AlphaN);
        Assert.InRange(bare.KaplanExponent!.Value, 0.62, 0.78);
        Assert.NotNull(total.ParametricInterval95);
    }

    [Fact]
    public void A_convention_that_is_another_by_other_name_is_shown_once()
    {
        var rows = Small();
        var table = CountingConventions.Fit(rows, NoBootstrap);
        // Given is total, exact FLOPs are those of 6ND with the total: two conventions and each size with exact FLOPs.
        Assert.DoesNotContain(table, row => row.Size == SizeCounting.Given);
        Assert.Equal(3, table.Count);
        Assert.Empty(CountingConventions.Fit([.. rows.Select(one => one with { Counts = null })], NoBootstrap));
    }

    [Fact]
    public void A_recount_changes_N_and_C_and_keeps_a_budget_only_where_its_runs_still_spend_alike()
    {
        var rows = Surfaces.IsoFlop(Surfaces.Chinchilla, [1e19, 1e20]).Select(one => one with
        {
            Counts = new ModelCounts(one.Parameters, one.Parameters - 5e6, one.Parameters * 1.5, null),
        }).ToList();
        var bare = CountingConventions.Recounted(rows, SizeCounting.NonEmbedding, FlopsCounting.SixND);
        Assert.All(bare.Zip(rows), pair => Assert.Equal(pair.Second.Parameters - 5e6, pair.First.Parameters, 1e-3));
        Assert.All(bare, one => Assert.Equal(6 * one.Parameters * one.Tokens, one.Flops, 1e-6 * one.Flops));
        Assert.All(bare, one => Assert.Null(one.BudgetFlops));
        var wide = CountingConventions.Recounted(rows, SizeCounting.WithHead, FlopsCounting.SixND);
        Assert.All(wide, one => Assert.Equal(1, one.BudgetFlops!.Value / one.Flops, 1e-9));
        Assert.Empty(CountingConventions.Recounted(rows, SizeCounting.Total, FlopsCounting.Exact));
    }

    // Pearce and Song's synthetic study: total = bare + 47491 bare^(1/3), losses by Besiroglu et al.'s law of the
    // total.
    private static List<LossObservation> Small()
    {
        var law = PublishedLaws.Besiroglu2024.Law!;
        return [.. from i in Enumerable.Range(0, 8)
                   from j in Enumerable.Range(0, 6)
                   let bare = 1e5 * Math.Pow(4, i)
                   let total = bare + (47491 * Math.Cbrt(bare))
                   let d = total * 3 * Math.Pow(2.5, j)
                   let c = 6 * total * d
                   select new LossObservation(total, d, c, law.Loss(total, d),
                       Counts: new ModelCounts(total, bare, null, c))];
    }
}
