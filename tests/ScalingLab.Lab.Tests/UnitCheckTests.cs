using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Tests;

/// <summary>
/// Columns in other units are told from the numbers, with the call that reads them right; honest tables are left alone.
/// </summary>
public class UnitCheckTests
{
    [Theory]
    [InlineData(1e6, "MFLOPs", "1e6")]
    [InlineData(1e9, "GFLOPs", "1e9")]
    [InlineData(1e12, "TFLOPs", "1e12")]
    [InlineData(1e18, "exaFLOPs", "1e18")]
    [InlineData(8.64e19, "PF-days", "8.64e19")]
    public void Compute_in_other_units_is_told_beside_tokens_and_without_them(double unit, string words, string factor)
    {
        var beside =
            Warning("N,D,total,loss", one => [one.N, one.D, one.C / unit, one.Loss],
                new FitColumns("N", "D", "total", "loss"));
        Assert.Equal("units-doubtful", beside.Code);
        Assert.StartsWith("column total: C is ", beside.Text, StringComparison.Ordinal);
        var said = $"it looks as if C were in {words}; --flops \"total*{factor}\" reads it so.";
        Assert.EndsWith($"of 6ND in all 28 rows: {said}", beside.Text, StringComparison.Ordinal);
        var without =
            Warning("N,total,loss", one => [one.N, one.C / unit, one.Loss], new FitColumns("N", null, "total", "loss"));
        Assert.Equal(FitWarning.ImpossibleUnits, without.Code);
        Assert.EndsWith(said, without.Text, StringComparison.Ordinal);
        var budget =
            Warning("N,D,total,loss", one => [one.N, one.D, one.C / unit, one.Loss],
                new FitColumns("N", "D", null, "loss", "total"));
        Assert.EndsWith($"it looks as if the budget were in {words}; --budget \"total*{factor}\" reads it so.",
            budget.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e6, 1, false, "N were in millions; --n \"N*1e6\" reads it so.")]
    [InlineData(1e9, 1, false, "N were in billions; --n \"N*1e9\" reads it so.")]
    [InlineData(1e6, 1, true, "N were in millions; --n \"N*1e6\" reads it so.")]
    [InlineData(1, 1e9, false, "D were in billions; --d \"D*1e9\" reads it so.")]
    [InlineData(1, 1e6, true, "D were in millions; --d \"D*1e6\" reads it so.")]
    [InlineData(1, 1e3, true, "D were in thousands; --d \"D*1e3\" reads it so.")]
    [InlineData(1e6, 1e9, false, "N were in millions and D in billions; --n \"N*1e6\" --d \"D*1e9\" reads them so.")]
    [InlineData(1e6, 1e9, true, "N were in millions and D in billions; --n \"N*1e6\" --d \"D*1e9\" reads them so.")]
    [InlineData(1e9, 1e9, false, "N were in billions and D in billions; --n \"N*1e9\" --d \"D*1e9\" reads them so.")]
    public void Sizes_and_tokens_in_other_units_are_told(double sizeUnit, double tokenUnit, bool compute, string said)
    {
        var warning = Warning(
            "N,D,C,loss", one => [one.N / sizeUnit, (one.D / tokenUnit) + 1e-7, one.C, one.Loss],
            new FitColumns("N", "D", compute ? "C" : null, "loss"));
        Assert.EndsWith($"it looks as if {said}", warning.Text, StringComparison.Ordinal);
        Assert.Equal(tokenUnit == 1e3 ? "units-doubtful" : FitWarning.ImpossibleUnits, warning.Code);
    }

    [Theory]
    [InlineData("N,D,logC", "N,D,logC", "column logC: the numbers go from 1",
        "log10 of C; leave --flops out, and C = 6ND.")]
    [InlineData("x,D,C", "lnN,D,C", "column x: ", "ln of N; make columns of the parameters themselves and name those.")]
    [InlineData("log_params,D,-", "logN,D,-", "column log_params: ",
        "log10 of N; make columns of the parameters themselves and name those.")]
    [InlineData("N,log10(tokens),-", "N,logD,-", "column log10(tokens): ",
        "log10 of D; make columns of the tokens themselves and name those.")]
    [InlineData("N,-,ln_flops", "N,-,lnC", "column ln_flops: ",
        "ln of C; make columns of the FLOPs themselves and name those.")]
    [InlineData("logN,logD,-", "logN,logD,-", "columns logN and logD: ",
        "make columns of the parameters and tokens themselves and name those.")]
    [InlineData("N,x,C", "N,D/N,C", "column x: ", "tokens a parameter; leave --d out, and D = C / 6N.")]
    [InlineData("N,tokens_per_param,-", "N,D/N,-", "column tokens_per_param: ",
        "make a column of the tokens themselves, that times N, and name it.")]
    public void Logarithms_and_ratios_are_told_as_what_no_factor_mends(string columns, string values, string begins,
        string ends)
    {
        var (names, kinds) = (columns.Split(','), values.Split(','));
        double Value(string kind, (double N, double D, double C, double Loss) one) => kind switch
        {
            "D/N" => one.D / one.N, "-" => 1,
            _ when kind.StartsWith("log", StringComparison.Ordinal) => Math.Log10(Value(kind[3..], one)),
            _ when kind.StartsWith("ln", StringComparison.Ordinal) => Math.Log(Value(kind[2..], one)),
            _ => kind == "N" ? one.N : kind == "D" ? one.D : one.C,
        };
        string? Column(int place) => kinds[place] == "-" ? null : names[place];
        var table =
            Tables.Table($"{columns},loss",
                Tables.Runs().Select(one => (double[])[.. kinds.Select(kind => Value(kind, one)), one.Loss]));
        var warning = UnitWarning(table, new FitColumns(Column(0), Column(1), Column(2), "loss"))!;
        Assert.Equal(FitWarning.ImpossibleUnits, warning.Code);
        Assert.StartsWith(begins, warning.Text, StringComparison.Ordinal);
        Assert.EndsWith(ends, warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Distinct_tokens_in_other_units_are_told_and_many_passes_are_not()
    {
        FitWarning? Unique(double passes, double unit) => UnitWarning(
            Tables.Table("N,D,U,loss",
                Tables.Runs().Select(one => new[] { one.N, one.D, one.D / passes / unit, one.Loss })),
            new FitColumns("N", "D", null, "loss", Unique: "U"));
        var millions = Unique(12, 1e6)!;
        Assert.Equal(FitWarning.ImpossibleUnits, millions.Code);
        Assert.Equal(
            "column U: D is 1.2e7 times the distinct tokens in the middle row: it looks as if it were in millions; "
                + "--unique \"U*1e6\" reads it so.",
            millions.Text);
        Assert.Null(Unique(300, 1));
        Assert.Null(Unique(0.001, 1));
    }

    [Theory]
    [InlineData(1e12, "TFLOPs; --budget \"budget*1e12\" reads it so.")]
    [InlineData(1e7, "--budget none makes budgets of runs of nearly equal FLOPs instead.")]
    public void Budgets_in_another_unit_than_compute_give_no_advice(double unit, string ends)
    {
        var table =
            Tables.Table("N,D,C,budget,loss",
                Tables.Runs().Select(one => new[] { one.N, one.D, one.C, one.C / unit, one.Loss }));
        foreach (var flops in (string?[])["C", null])
        {
            if (flops is null && unit < 1e9) continue;
            var warning = UnitWarning(table, new FitColumns("N", "D", flops, "loss", "budget"))!;
            Assert.Equal(FitWarning.ImpossibleUnits, warning.Code);
            Assert.EndsWith(ends, warning.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Numbers_of_groups_are_no_budgets()
    {
        var table = Tables.Table(
            "N,D,group,loss", Tables.Runs().Select((one, index) => new[] { one.N, one.D, 1 + (index / 7), one.Loss }));
        var warning = UnitWarning(table, new FitColumns("N", "D", null, "loss", "group"))!;
        Assert.Equal(FitWarning.ImpossibleUnits, warning.Code);
        Assert.EndsWith("--budget none makes budgets of runs of nearly equal FLOPs instead.", warning.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Optimizer_steps_are_told_from_tokens_and_their_length_from_compute()
    {
        FitWarning Steps(string column, bool compute, Func<int, double> perStep) => Warning(
            $"N,{column},C,loss", (one, index) => [one.N, Math.Round(one.D / perStep(index)), one.C, one.Loss],
            new FitColumns("N", column, compute ? "C" : null, "loss"));
        Assert.EndsWith("D counted optimizer steps; --d \"steps*TOKENS\" with the tokens of a step reads them so.",
            Steps("steps", false, _ => 524288).Text, StringComparison.Ordinal);
        Assert.Contains("D counted optimizer steps, or were in millions (--d \"D*1e6\")",
            Steps("D", false, _ => 524288).Text, StringComparison.Ordinal);
        Assert.EndsWith("D counted optimizer steps of about 524,288 tokens; --d \"D*524288\" reads them so.",
            Steps("D", true, _ => 524288).Text, StringComparison.Ordinal);
        Assert.EndsWith("D counted optimizer steps; leave --d out, and D = C / 6N.",
            Steps("D", true, index => index % 3 == 0 ? 131072 : 524288).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_names_its_unit_is_believed_where_its_numbers_agree()
    {
        FitWarning? Named(string column, double unit) =>
            UnitWarning(Tables.Table($"{column},D,loss", Tables.Runs().Select(one =>
            new[] { one.N / unit, one.D / 10, one.Loss })), new FitColumns(column, "D", null, "loss"));
        Assert.Contains("in thousands", Named("params_k", 1e3)!.Text, StringComparison.Ordinal);
        Assert.Null(Named("params_k", 1));
    }

    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(1, 1, 12)]
    [InlineData(1, 1, 0.05)]
    [InlineData(30, 1, 1)]
    [InlineData(1, 300, 1)]
    [InlineData(1000, 1, 1)]
    public void Other_ways_to_count_and_unusual_sweeps_are_no_other_units(double smaller, double longer, double counted)
    {
        var table = Tables.Table("N,D,C,loss", Tables.Runs().Select(one =>
            new[] { one.N / smaller, one.D / smaller * longer, one.C / (smaller * smaller) * longer * counted,
                one.Loss }));
        Assert.Null(UnitWarning(table, new FitColumns("N", "D", "C", "loss")));
        Assert.Null(UnitWarning(table, new FitColumns("N", "D", null, "loss")));
    }

    [Fact]
    public void A_factor_scales_a_column_and_a_bad_one_is_refused()
    {
        var table = Tables.Table("N*,D,loss", [[20.0, 3, 3]]);
        var one =
            Assert.Single(
                FitTable.From(table, new FitColumns("N**1e6", "D * 1e9", null, "loss"),
                    new RowSelection()).Observations);
        Assert.Equal((2e7, 3e9), (one.Parameters, one.Tokens));
        Assert.Equal("N = N* * 1e6, D = D * 1e9, C = 6ND, loss = loss, budgets = runs of nearly equal FLOPs",
            FitTable.From(table, new FitColumns("N**1e6", "D*1e9", null, "loss"), new RowSelection()).Used.ToString());
        var problems = Assert.Throws<InputException>(
            () => FitTable.From(table, new FitColumns("N**-1", "D*x", null, "nope*2"), new RowSelection())).Problems;
        Assert.Equal(
            [
                "--n: 'N**-1' multiplies by '-1', which is no positive number",
                    "--loss: t.csv has no column 'nope' (columns: N*, D, loss)",
                "--d: 'D*x' multiplies by 'x', which is no positive number",
            ],
            problems.Select(p => p.ToString()));
    }

    private static FitWarning Warning(string header, Func<(double N, double D, double C, double Loss), double[]> row,
        FitColumns columns) =>
        Warning(header, (one, _) => row(one), columns);

    private static FitWarning Warning(string header,
        Func<(double N, double D, double C, double Loss), int, double[]> row, FitColumns columns) =>
        UnitWarning(Tables.Table(header, Tables.Runs().Select(row)), columns)!;

    private static FitWarning? UnitWarning(CsvTable table, FitColumns columns) =>
        FitTable.From(table, columns,
            new RowSelection()).Warnings.FirstOrDefault(w => w.Code.StartsWith("units", StringComparison.Ordinal));
}
