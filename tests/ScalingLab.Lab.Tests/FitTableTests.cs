using System.Text;
using ScalingLab.Fitting.Observations;
using ScalingLab.Lab.Inputs;
using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Tests;

/// <summary>Anyone's file is read, or refused with every problem and its place.</summary>
public sealed class FitTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(',', "\n", false, false)]
    [InlineData(';', "\n", false, false)]
    [InlineData('\t', "\r\n", false, false)]
    [InlineData(',', "\r\n", true, false)]
    [InlineData(',', "\n", true, true)]
    [InlineData(';', "\r\n", true, true)]
    public void Every_usual_dialect_gives_the_same_numbers(char separator, string end, bool mark, bool quoted)
    {
        string[] first = ["1e9", " 1.2E+20", "2.5"], second = ["2000000000", "0.6e20", "+2.625"];
        var rows = new[] { first, second }.Select(row => quoted ? [.. row.Select(f => $"\"{f.Trim()}\"")] : row);
        var text = Tables.Csv(rows, "\"Model Size\",compute,loss", separator, end);
        var file =
            _folder.Write("table.csv", [.. mark ? Encoding.UTF8.GetPreamble() : [], .. Encoding.UTF8.GetBytes(text)]);
        var table =
            FitTable.From(CsvTable.Read(file), new FitColumns("Model Size", null, "compute", "loss"),
                new RowSelection());
        Assert.Equal([(1e9, 2e10, 1.2e20, 2.5), (2e9, 5e9, 6e19, 2.625)],
            table.Observations.Select(one => (one.Parameters, Math.Round(one.Tokens), one.Flops, one.Loss)));
        Assert.Equal([1, 2], table.Observations.Select(one => one.Row));
    }

    [Fact]
    public void Flagged_rows_are_observations_with_their_flags_until_they_are_to_be_left_out()
    {
        var file = _folder.Write("flags.csv", """
            n,d,loss,flags
            1e6,1e8,3.5,
            2e6,1e8,4.9,undertrained;unstable
            4e6,1e8,3.1,
            8e6,1e8,3.0,0
            """);
        FitTable Of(bool excluded) =>
            FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss"),
                new RowSelection { ExcludeFlagged = excluded });
        Assert.Equal([null, "undertrained;unstable", null, null], Of(false).Observations.Select(o => o.Flags));
        Assert.Equal([1, 3, 4], Of(true).Observations.Select(o => o.Row!.Value));
        Assert.Equal(new ExcludedRow(2, "flagged undertrained;unstable"), Assert.Single(Of(true).SetAside));
    }

    [Fact]
    public void Without_a_column_of_flags_rows_far_above_what_the_others_predict_are_left_out()
    {
        var file =
            _folder.Write("no-flags.csv", "n,d,loss\n1.31e7,1.24e8,2.198\n2.32e7,5.97e7,4.152\n5.47e7,2.56e7,4.67\n");
        FitTable Of(bool excluded) =>
            FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss"),
                new RowSelection { ExcludeFlagged = excluded });
        Assert.Equal(3, Of(false).Observations.Count);
        Assert.Equal([2, 3], Of(true).SetAside.Select(e => e.Row));
    }

    [Fact]
    public void Rows_without_a_value_are_set_aside_with_their_number_and_reason()
    {
        var file =
            _folder.Write("table.csv",
                "n,d,loss,seed,u\n1e6,2e7,3.1,1,1e7\n1e6,,3.0,2,\n,2e7,NA,1,\n1e6,2e7,n/a,1,\n2e6,2e7,2.9,one,2e7\n");
        var table =
            FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss", null, "seed", "u"),
                new RowSelection());
        Assert.Equal([(1, "1", 1e7), (5, "one", 2e7)],
            table.Observations.Select(one => (one.Row!.Value, one.Seed!, one.UniqueTokens!.Value)));
        Assert.Equal([(2, "no d"), (3, "no n and no loss"), (4, "no loss")],
            table.SetAside.Select(e => (e.Row, e.Reason)));
    }

    [Fact]
    public void Tokens_and_compute_that_were_not_named_follow_from_those_that_were()
    {
        var file =
            _folder.Write("runs.csv",
                "parameters_with_head,parameters_total,tokens,flops,loss_validation\n100,150,1000,700000,3\n");
        (double, double) Read(FitColumns columns)
        {
            var one = Assert.Single(FitTable.From(CsvTable.Read(file), columns, new RowSelection()).Observations);
            return (one.Tokens, one.Flops);
        }

        Assert.Equal((1000, 700000), Read(new FitColumns()));
        Assert.Equal((1000, 700000), Read(new FitColumns("parameters_total")));
        Assert.Equal((1000, 600000), Read(new FitColumns(Tokens: "tokens")));
        Assert.Equal((700000 / 600.0, 700000), Read(new FitColumns(Flops: "flops")));
        Assert.Equal((1000, 700000), Read(new FitColumns(Tokens: "tokens", Flops: "flops")));
    }

    [Theory]
    [InlineData("n>1e6", 2, 3)]
    [InlineData("n >= 1e6", 1, 2, 3)]
    [InlineData("n<=2000000", 1, 2, 4)]
    [InlineData("n=2e6", 2)]
    [InlineData("n != 2e6", 1, 3, 4)]
    [InlineData("state=done", 1, 3)]
    [InlineData("state!=done", 2, 4)]
    [InlineData("state==", 4)]
    [InlineData("n a<0", 2)]
    [InlineData("n<b=x", 3)]
    [InlineData("n<2.5M", 1, 2, 4)]
    [InlineData("row!=2", 1, 3, 4)]
    [InlineData("row<=2", 1, 2)]
    public void A_condition_keeps_the_rows_that_pass(string condition, params int[] rows)
    {
        var file =
            _folder.Write("t.csv",
                "n,state,n a,n<b,d,loss\n1e6,done,1,y,1,1\n2e6,failed,-1,,1,1\n3e6,done,,x,1,1\n1,,1,,1,1\n");
        var table =
            FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss"),
                new RowSelection { Where = [condition] });
        Assert.Equal(rows, table.Observations.Select(one => one.Row!.Value));
        Assert.All(table.SetAside, e => Assert.Equal($"not {condition}", e.Reason));
        Assert.Equal(4, table.Observations.Count + table.SetAside.Count);
    }

    [Fact]
    public void A_condition_can_leave_out_rows_that_cannot_be_read()
    {
        var file = _folder.Write("t.csv", "n,d,loss\n1,1,1\n1,1,diverged\n");
        Refused(file, ["t.csv, column loss: 1 of 2 cells is no number, first line 3 'diverged'"]);
        Assert.Single(
            FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss"),
                new RowSelection { Where = ["loss!=diverged"] }).Observations);
    }

    [Fact]
    public void Conditions_that_are_none_are_all_said()
    {
        var file = _folder.Write("t.csv", "n,d,loss\n1,1,1\n");
        Refused(
            file,
            [
                "--where: t.csv has no column 'm' (columns: n, d, loss)",
                "--where: 'n' is no comparison: write COLUMN, one of < <= > >= = !=, and a value, in quotes",
                "--where: 'n<x' compares with 'x', which is not a number",
            ],
            "m<1", "n", "n<x");
    }

    [Fact]
    public void Text_is_refused_in_one_line_a_column_and_a_decimal_comma_with_advice() => Refused(
        _folder.Write("t.csv", "n;d;loss\n1e6;2e7;3,1\n1e6;lots;3.0\n\n\"2e6\";4e7;low\n"),
        [
            "t.csv, column d: 1 of 3 cells is no number, first line 3 'lots'",
            "t.csv, column loss: 2 of 3 cells are no numbers, first line 2 '3,1', line 5 'low'; numbers have a decimal "
                + "point, and no commas",
        ]);

    [Fact]
    public void A_torn_row_is_refused_with_its_line() => Refused(
        _folder.Write("t.csv", "n,d,loss\n1e6,2e7\n1e6,2e7,3,4\n1e6,2e7,3,\n"),
        ["t.csv line 2: has 2 fields, the header 3", "t.csv line 3: has 4 fields, the header 3"]);

    [Fact]
    public void Two_columns_of_one_name_are_refused() =>
        Refused(_folder.Write("t.csv", "n,loss,d,loss\n1,1,1,1\n"),
            ["t.csv line 1: 2 columns are called 'loss'; each needs a name of its own"]);

    [Fact]
    public void One_column_for_two_quantities_is_refused_but_for_tokens_and_compute()
    {
        var table = CsvTable.Read(_folder.Write("t.csv", "n,steps,loss\n1e6,10,3.5\n2e6,20,3.4\n"));
        Assert.Equal(
            ["--n and --loss: name one column, 'loss': N, the loss and the tokens or FLOPs stand in different ones"],
            Assert.Throws<InputException>(() =>
                FitTable.From(table, new FitColumns("loss*1e6", "steps", null, "loss"), new RowSelection()))
                .Problems.Select(problem => problem.ToString()));
        Assert.Equal(2, FitTable.From(table, new FitColumns("n", "steps*1e6", "steps*6e12", "loss"), new RowSelection())
            .Observations.Count);
    }

    [Theory]
    [InlineData("", "t.csv: cannot be read: the file is empty, or no regular file but a pipe or a device.")]
    [InlineData("\n\n", "t.csv: is empty; its first line names the columns")]
    [InlineData("n,d,loss\n", "t.csv: has a header, but no row below it")]
    public void A_file_without_rows_is_refused(string text, string problem) =>
        Refused(_folder.Write("t.csv", text), [problem]);

    [Fact]
    public void A_file_without_any_row_that_could_be_fitted_is_refused_with_every_reason() => Refused(
        _folder.Write("t.csv", "n,d,loss\n0,1,1\n1,-5,nan\n1,1,\n"),
        [
            "t.csv row 1: cannot be fitted: parameters is 0, and must be positive; flops is 0, and must be positive",
            "t.csv row 2: cannot be fitted: tokens is -5, and must be positive; flops is -30, and must be positive; "
                + "loss is not a finite number",
            "t.csv row 3: cannot be fitted: no loss",
        ]);

    [Fact]
    public void A_condition_that_leaves_no_row_is_said_once() => Refused(
        _folder.Write("t.csv", "n,d,loss\n1,1,3\n1,2,3\n1,3,3\n1,4,3\n"),
        ["t.csv row 1: cannot be fitted: not loss<1; nor can 3 more rows, the last of them 4"], "loss<1");

    [Fact]
    public void An_unclosed_quote_is_refused()
    {
        var file = _folder.Write("t.csv", "n,d,loss\n1,1,\"1\n2,2,2\n");
        var error = Assert.Throws<InputException>(() => CsvTable.Read(file));
        Assert.Contains("t.csv line 2", Assert.Single(error.Problems).Place, StringComparison.Ordinal);
    }

    private void Refused(string file, string[] problems, params string[] conditions)
    {
        var error = Assert.Throws<InputException>(
            () => FitTable.From(CsvTable.Read(file), new FitColumns("n", "d", null, "loss"),
                new RowSelection { Where = conditions }));
        Assert.Equal(problems,
            error.Problems.Select(p => p.ToString().Replace(_folder.Path + "/", "", StringComparison.Ordinal)));
    }
}
