using ScalingLab.Fitting.Observations;
using ScalingLab.Fitting.Outcomes;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Tests;

/// <summary>
/// Counts as people write them are read and said; what is ambiguous or no number is refused, a line a column; copies
/// count once.
/// </summary>
public class NumberColumnTests
{
    private static readonly FitColumns Columns = new("N", "D", null, "loss");

    [Theory]
    [InlineData("20.3M", 2.03e7)]
    [InlineData("8.20B", 8.2e9)]
    [InlineData("1.5 G", 1.5e9)]
    [InlineData("512k", 512e3)]
    [InlineData("2T", 2e12)]
    [InlineData("20,320,763", 20320763)]
    [InlineData("20_320_763", 20320763)]
    [InlineData("320_763", 320763)]
    [InlineData("20 320 763", 20320763)]
    [InlineData("1,486.1M", 1486.1e6)]
    [InlineData("1.5e9", 1.5e9)]
    public void Counts_are_read_as_people_write_them(string text, double value)
    {
        var one = Assert.Single(Table(text, "1e9", "3").Observations);
        Assert.Equal(value, one.Parameters, 1e-6 * value);
    }

    [Theory]
    [InlineData("M")]
    [InlineData("1,5")]
    [InlineData("0,820")]
    [InlineData("20,32,763")]
    [InlineData("20,320_763")]
    [InlineData("1.5e9M")]
    [InlineData("#DIV/0!")]
    [InlineData("124,439")]
    public void What_is_no_count_or_may_be_two_is_refused(string text) => Assert.StartsWith(
        $"t.csv, column N: 1 of 1 cells is no number, first line 2 '{text}'", Problem(() => Table(text, "1e9", "3")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("3M")]
    [InlineData("3,000,000")]
    public void A_loss_is_no_count(string text) => Assert.StartsWith(
        $"t.csv, column loss: 1 of 1 cells is no number, first line 2 '{text}'",
        Problem(() => Table("1e8", "1e9", text)), StringComparison.Ordinal);

    [Fact]
    public void How_odd_numbers_were_read_is_said_in_one_line_a_column()
    {
        var table = FitTable.From(
            Tables.Table("N,D,loss",
                [["124,439", "8.20B", "3"], ["20,320,763", "0.5T", "2.9"], ["5e6", "950M", "3.1"]]), Columns,
                new RowSelection());
        Assert.Equal(
            ["column N: 2 cells such as '124,439' were read as 124439",
                "column D: 3 cells such as '8.20B' were read as 8200000000"], table.Notes);
        Assert.Equal([(124439, 8.2e9), (20320763, 5e11), (5e6, 9.5e8)],
            table.Observations.Select(one => (one.Parameters, one.Tokens)));
    }

    [Fact]
    public void A_small_number_among_suffixes_is_refused_and_every_column_has_one_line()
    {
        var error = Assert.Throws<InputException>(() => FitTable.From(
            Tables.Table("N,D,loss", [["20.3M", "1e9", "#REF!"], ["0.82", "1e9", "low"], ["1.2B", "1e9", "#REF!"]]),
            Columns, new RowSelection()));
        Assert.Equal(
            [
                "t.csv, column N: 1 of 3 cells is no number, first line 3 '0.82'; others have a suffix such as M",
                "t.csv, column loss: 3 of 3 cells are no numbers, first line 2 '#REF!', line 3 'low'",
            ],
            error.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Copies_count_once_and_are_named()
    {
        string[][] rows =
        [
            ["0", "1e8", "2e9", "3.123456"], ["1", "2e8", "2e9", "3.0"], ["2", "1e8", "2e9", "3.12345649999"],
                ["3", "2e8", "2e9", "3.0"],
            ["1", "2e8", "2e9", "3.0"], ["4", "1e8", "2e9", "3.123459"],
        ];
        var table = FitTable.From(Tables.Table("i,N,D,loss", rows), Columns, new RowSelection());
        Assert.Equal([1, 2, 4, 6], table.Observations.Select(one => one.Row!.Value));
        Assert.Equal([(3, "a copy of an earlier row"), (5, "a copy of an earlier row")],
            table.SetAside.Select(row => (row.Row, row.Reason)));
        var warning = Assert.Single(table.Warnings, w => w.Code == "duplicate-rows");
        Assert.Equal("2 of 6 rows are copies of earlier rows (row 3 of row 1, row 5 of row 2); each is counted once.",
            warning.Text);
    }

    [Fact]
    public void A_run_that_stands_twice_in_a_table_of_runs_counts_once()
    {
        string[][] rows =
            [["a", "1e8", "2e9", "3.1", "10"], ["a", "1e8", "2e9", "3.1", "12"], ["b", "1e8", "2e9", "3.1", "12"]];
        var table = FitTable.From(Tables.Table("run_id,N,D,loss,wall_seconds", rows), Columns, new RowSelection());
        Assert.Equal([1, 3], table.Observations.Select(one => one.Row!.Value));
    }

    private static FitTable Table(params string[] row) =>
        FitTable.From(Tables.Table("N,D,loss", [row]), Columns, new RowSelection());

    private static string Problem(Action read) =>
        Assert.Single(Assert.Throws<InputException>(read).Problems).ToString();
}
