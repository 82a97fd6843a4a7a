using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Checks;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Tests;

/// <summary>Rows that are no final losses of comparable runs are told, and can be reduced to such.</summary>
public class OddRowTests
{
    private static readonly FitColumns Columns = new("N", "D", null, "loss");

    [Theory]
    [InlineData("run")]
    [InlineData("Run ID")]
    [InlineData("experiment_name")]
    [InlineData("anything")]
    public void Checkpoints_are_told_by_their_column_and_reduced_to_the_last_of_each_run(string column)
    {
        var table =
            Tables.Table($"{column},N,D,loss",
                Tables.Runs().SelectMany((one, run) => Enumerable.Range(1, 8).Select(part =>
            new[] { $"a{run}", Tables.Text(one.N), Tables.Text(one.D * part / 8),
                Tables.Text(one.Loss + (0.1 * (8 - part))) })));
        var all = FitTable.From(table, Columns, new RowSelection());
        var warning = Assert.Single(all.Warnings);
        Assert.Equal("checkpoints-as-runs", warning.Code);
        Assert.StartsWith($"column {column}: 28 of its 28 values stand in several rows each (224 of 224 rows)",
            warning.Text, StringComparison.Ordinal);
        Assert.EndsWith($"--run-column {ShellQuoting.QuoteForText(column)} keeps the last row of each run.",
            warning.Text, StringComparison.Ordinal);
        Assert.Equal(28, all.Observations.Select(one => one.Run).Distinct().Count());
        var last = FitTable.From(table, Columns, new RowSelection { RunColumn = column });
        Assert.Equal(Tables.Runs().Select(one => one.Loss), last.Observations.Select(one => one.Loss));
        Assert.Equal(196, last.SetAside.Count(row => row.Reason == "an earlier point of its run"));
        Assert.Equal(224, last.Points.Count);
        Assert.Empty(last.Warnings);
    }

    [Fact]
    public void Checkpoints_without_any_column_of_runs_are_told_by_their_even_steps()
    {
        var table =
            Tables.Table("N,D,loss", Tables.Runs().Take(7).SelectMany(one => Enumerable.Range(1, 8).Select(part =>
            new[] { one.N, one.D * part / 8, one.Loss + (0.1 * (8 - part)) })));
        Assert.Contains("--run-column N keeps",
            Assert.Single(FitTable.From(table, Columns, new RowSelection()).Warnings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_each_trained_on_several_lengths_are_runs()
    {
        var sizes = new[] { 2e7, 5e7, 1e8, 3e8, 1e9 };
        var table =
            Tables.Table("name,model,N,D,loss",
                sizes.SelectMany((n, i) => Enumerable.Range(0, 7).Select(j => 1e9 * Math.Pow(2, j)).Select(d =>
            new[] { $"{i}x", $"m{i}", Tables.Text(n), Tables.Text(d), Tables.Text(Tables.Law.Loss(n, d)) })));
        Assert.Empty(FitTable.From(table, Columns, new RowSelection()).Warnings);
        var error =
            Assert.Throws<InputException>(() => FitTable.From(table, Columns, new RowSelection { RunColumn = "D" }));
        Assert.Equal("--run-column: '1000000000' in column D stands at 5 sizes: it names no run",
            Assert.Single(error.Problems).ToString());
    }

    [Theory]
    [InlineData("lr", 0.03)]
    [InlineData("batch_size", 0.03)]
    [InlineData("my setting", 0.03)]
    [InlineData("lr", 0.006)]
    public void Settings_that_differ_at_one_size_and_length_are_told_and_the_best_is_that_of_its_table(string column,
        double apart)
    {
        var random = new Random(1);
        var rows = Tables.Runs().SelectMany(one => Enumerable.Range(0, 3).Select(i =>
        {
            var loss = one.Loss * (1 + (apart * Math.Abs(i - 1)) + (0.001 * random.NextDouble()));
            return new[] { one.N, one.D * (1 + (0.001 * i)), i + 1, random.NextDouble(), loss };
        })).ToList();
        var table = Tables.Table($"N,D,{column},wall_hours,loss", rows);
        var all = FitTable.From(table, Columns, new RowSelection());
        var warning = Assert.Single(all.Warnings);
        Assert.Equal("settings-mixed", warning.Code);
        Assert.StartsWith($"column {column}: 84 of 84 rows share N and D with others", warning.Text,
            StringComparison.Ordinal);
        Assert.Contains($"--best-over {ShellQuoting.QuoteForText(column)} keeps the best", warning.Text,
            StringComparison.Ordinal);
        Assert.Null(SeedNoise.Estimate(all.Observations));
        var best = FitTable.From(table, Columns, new RowSelection { BestOver = [column] });
        Assert.Equal(rows.Where(row => row[2] == 2).Select(row => row[4]), best.Observations.Select(one => one.Loss));
        Assert.Empty(best.Warnings);
    }

    [Fact]
    public void The_best_setting_is_that_of_the_lowest_mean_and_keeps_its_seeds()
    {
        double[][] rows =
        [
            [1e8, 2e9, 0.001, 1, 3.0], [1e8, 2e9, 0.001, 2, 3.1], [1e8, 2e9, 0.003, 1, 2.9], [1e8, 2e9, 0.003, 2, 3.3],
                [1e8, 2e9, 0.01, 1, double.NaN],
            [1e8, 4e9, 0.003, 1, 2.8],
        ];
        var best =
            FitTable.From(Tables.Table("N,D,lr,seed,loss", rows), Columns, new RowSelection { BestOver = ["lr"] });
        Assert.Equal([1, 2, 6], best.Observations.Select(one => one.Row!.Value));
        Assert.All(best.SetAside, row => Assert.Equal("not the best of its N and D over lr", row.Reason));
        var error =
            Assert.Throws<InputException>(() =>
                FitTable.From(Tables.Table("N,D,lr,seed,loss", rows), Columns,
                    new RowSelection { BestOver = ["rate"] }));
        Assert.Equal("--best-over: t.csv has no column 'rate' (columns: N, D, lr, seed, loss)",
            Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void Replicates_that_differ_as_seeds_do_are_left_alone()
    {
        var random = new Random(2);
        var table =
            Tables.Table("N,D,seed,lr,host,loss", Tables.Runs().SelectMany(one => Enumerable.Range(0, 3).Select(seed =>
            new[] { one.N, one.D, seed, 1e-3 * Math.Pow(one.N / 1e8, -0.2), random.Next(3),
                one.Loss * (1 + (0.008 * (random.NextDouble() - 0.5))) })));
        Assert.Empty(FitTable.From(table, Columns, new RowSelection()).Warnings);
        Assert.NotNull(SeedNoise.Estimate(FitTable.From(table, Columns, new RowSelection()).Observations));
    }

    [Theory]
    [InlineData("State", "finished", "crashed", "--where \"State=finished\"")]
    [InlineData("job status", "COMPLETED", "TIMEOUT", "--where \"job status=COMPLETED\"")]
    [InlineData("a=b", "finished", "killed", "--where \"a=b=finished\"")]
    [InlineData("diverged", "False", "True", "--where \"diverged=False\"")]
    [InlineData("finished", "1", "0", "--where \"finished=1\"")]
    [InlineData("status", "ok", "weird$", "--where \"status=ok\"")]
    [InlineData("exit_code", "0", "137", "--where \"exit_code=0\"")]
    public void Runs_that_did_not_finish_are_named_with_the_condition_that_leaves_them_out(string column, string good,
        string bad, string where)
    {
        var table = Tables.Table($"{column},N,D,loss", Tables.Runs().Select((one, index) =>
            new[] { index is 5 or 19 ? bad : good, Tables.Text(one.N), Tables.Text(one.D), Tables.Text(one.Loss) }));
        var warning = Assert.Single(FitTable.From(table, Columns, new RowSelection()).Warnings);
        Assert.Equal("unfinished-runs", warning.Code);
        Assert.Equal([6, 20], warning.Rows!);
        Assert.StartsWith($"column {column}: 2 of 28 rows are of runs that did not finish ({bad}; rows 6, 20)",
            warning.Text, StringComparison.Ordinal);
        Assert.Contains($": {where} leaves them out", warning.Text, StringComparison.Ordinal);
        var kept = FitTable.From(table, Columns, new RowSelection { Where = [$"{column}={good}"] });
        Assert.Equal(26, kept.Observations.Count);
        Assert.Empty(kept.Warnings);
    }

    [Fact]
    public void Columns_of_states_in_which_all_ended_well_are_left_alone() => Assert.Empty(FitTable.From(
        Tables.Table("State,note,N,D,loss", Tables.Runs().Select((one, index) => new[]
            { index % 2 == 0 ? "finished" : "Done", index == 3 ? "failed" : "good one", Tables.Text(one.N),
                Tables.Text(one.D), Tables.Text(one.Loss) })),
        Columns, new RowSelection()).Warnings);

    [Fact]
    public void Budgets_that_were_not_spent_are_told_with_the_rows_and_budgets_counted_otherwise_are_not()
    {
        FitTable Of(Func<double, int, double> share, string? budget = "budget") => FitTable.From(
            Tables.Table("N,D,budget,loss",
                Tables.Runs().Select((one, index) => new[] { one.N, one.D * share(one.N, index), one.C, one.Loss })),
            Columns with { Budget = budget }, new RowSelection());
        var warning = Assert.Single(Of((_, index) => index % 7 > 4 ? 0.5 : 1).Warnings);
        Assert.Equal("budget-not-spent", warning.Code);
        Assert.StartsWith("column budget: 6ND is 0.5 of the budget in 8 of 28 rows (rows 6, 7, 13, 14,", warning.Text,
            StringComparison.Ordinal);
        Assert.Equal([6, 7, 13, 14, 20, 21, 27, 28], warning.Rows!);
        // In another unit, which is told besides, the share is that of the other rows.
        var tera = FitTable.From(
            Tables.Table("N,D,budget,loss",
                Tables.Runs()
                .Select((one, index) => new[] { one.N, one.D * (index % 7 > 4 ? 0.5 : 1), one.C / 1e12, one.Loss })),
            Columns with { Budget = "budget" }, new RowSelection()).Warnings;
        Assert.Equal([FitWarning.ImpossibleUnits, "budget-not-spent"], tera.Select(w => w.Code));
        Assert.StartsWith("column budget: 6ND is 0.5 of the budget in 8 of 28 rows", tera[1].Text,
            StringComparison.Ordinal);
        Assert.Empty(Of((_, index) => index % 7 > 4 ? 0.5 : 1, "none").Warnings);
        Assert.Null(Of((_, _) => 1, "none").Observations[0].BudgetFlops);
        Assert.Empty(Of((_, index) => 1 - (0.01 * (index % 3))).Warnings);
        // A budget counted with attention and head.
        Assert.Empty(Of((n, _) => 1 / (1 + Math.Sqrt(3e7 / n))).Warnings);
    }
}
