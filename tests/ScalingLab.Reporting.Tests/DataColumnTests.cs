using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Reporting.Analysis;
using ScalingLab.Reporting.Figures;
using ScalingLab.Reporting.Figures.Laws;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

/// <summary>What the text of a sweep adds to runs.csv: unique tokens, and the sources of a mixture.</summary>
public sealed class DataColumnTests
{
    private static RunRecord Limited(int width, double budget, long unique, double loss)
    {
        var cell = Sweeps.Cell(width, budget, 1, new RecipeChoice("uniqueTokens", $"{unique}"));
        cell = cell with { Spec = cell.Spec with { Data = cell.Spec.Data with { UniqueTokens = unique } } };
        var run = Sweeps.Completed(cell, loss);
        return run with { Result = run.Result! with { Epochs = (double)cell.Spec.Tokens / unique } };
    }

    [Fact]
    public async Task Each_source_of_a_mixture_has_columns_and_a_run_without_a_result_leaves_them_empty()
    {
        using var folder = new TemporaryFolder();
        var run = Sweeps.Completed(Sweeps.Cell(24, 1e11, 1), 3.7);
        var mixed =
            run with
            { Result = run.Result! with { Sources = [new("sw", 3.25, 1.5, 0.5), new("en-2", 4.125, 1.75, 2)] } };
        var rows = new[] { mixed, Sweeps.Ended(run, RunState.Failed) }.Select(r => RunRow.From("s", r)).ToList();
        await RunsCsv.WriteAsync(folder["runs.csv"], rows);
        Assert.Contains(
            ",precision,loss_validation_sw,bits_per_byte_sw,epochs_sw,loss_validation_en-2,bits_per_byte_en-2,epochs_en-2,attempts,",
            File.ReadLines(folder["runs.csv"]).First(), StringComparison.Ordinal);
        Assert.Contains(",3.25,1.5,0.5,4.125,1.75,2,", File.ReadLines(folder["runs.csv"]).ElementAt(1),
            StringComparison.Ordinal);
        var read = RunsCsv.Read(folder["runs.csv"]);
        Assert.Equal(mixed.Result.Sources, read[0].Sources);
        Assert.Empty(read[1].Sources);
        Assert.All(read, r => Assert.Empty(r.Varies));
    }

    [Fact]
    public async Task Unique_tokens_are_a_column_and_come_back_as_a_number()
    {
        using var folder = new TemporaryFolder();
        await RunsCsv.WriteAsync(folder["runs.csv"], [RunRow.From("s", Limited(24, 1e11, 250_000, 3.7))]);
        Assert.Contains(",precision,unique_tokens,attempts,", File.ReadLines(folder["runs.csv"]).First(),
            StringComparison.Ordinal);
        var row = Assert.Single(RunsCsv.Read(folder["runs.csv"]));
        Assert.Equal(250_000, row.UniqueTokens);
        Assert.Equal("unique_tokens=250000", row.Variant);
    }

    [Fact]
    public void The_data_constrained_law_takes_runs_on_every_number_of_unique_tokens_together_and_the_other_laws_apart()
    {
        var law = new DataConstrainedLaw(new ParametricLaw(1.7, 40, 90, 0.36, 0.33), 15, 5);
        int[] widths = [16, 24, 32, 48, 64, 96];
        double[] budgets = [1e11, 3e11, 1e12, 3e12];
        long[] texts = [200_000, 1_000_000, 50_000_000];
        var runs = (from unique in texts from budget in budgets from width in widths
                    let cell = Sweeps.Cell(width, budget, 1)
                    let n = ParameterCount.For(cell.Spec.Shape).WithHead
                    select RunRow.From("s",
                        Limited(width, budget, unique, law.Loss(n, cell.Spec.Tokens, unique)))).ToList();
        var fits = SweepFits.Fit(runs, [], new FitOptions { Bootstrap = 0 });
        Assert.Equal(texts.Select(t => $"unique_tokens={t}"), fits.Variants.Select(v => v.Variant));
        Assert.All(fits.Variants, v => Assert.Equal(24 - (v.Fit.RepeatedRows?.Count ?? 0), v.Fit.Parametric!.Points));
        Assert.All(fits.Variants, v => Assert.Equal(72, v.Fit.DataConstrained!.Points));
        Assert.Equal(15, fits.Variants[0].Fit.DataConstrained!.TokensDecay!.Value, 0.5);

        // The smallest text is repeated up to many times: what its runs say of fresh text the data-constrained law
        // says.
        var often = fits.Variants[0];
        Assert.Equal(FrontierSource.DataConstrained, often.Fit.FrontierSource);
        Assert.Equal(law.Base.ParametersExponent, often.Fit.AdviceLaw!.Law.ParametersExponent, 0.01);
        Assert.Contains("repeat their text more than four times", often.Headline, StringComparison.Ordinal);
        var figures = FigureSet.Create(often.Fit, []).Figures;
        Assert.Contains(figures, figure => figure.Name == FrontierFigure.Name);
        Assert.Contains(figures, figure => figure.Name == ComparisonFigure.Name);
        Assert.Null(fits.Variants[2].Fit.RepeatedRows);
    }
}
