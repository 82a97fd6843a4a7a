using System.Text.Json;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Fitting.Documents;
using ScalingLab.Fitting.Laws;
using ScalingLab.Fitting.Options;
using ScalingLab.Fitting.Studies;
using ScalingLab.Lab.Tests;

namespace ScalingLab.Cli.Tests;

/// <summary>The command line of <c>lab fit</c>, from a file to what is said and written.</summary>
public sealed class FitCommandTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_law_is_found_again_from_sizes_and_compute_alone()
    {
        var json = await _lab.JsonAsync([Table(Tables.Rows()), .. Tables.Columns, "--bootstrap", "0"]);
        var law = json.GetProperty("parametric");
        Assert.Equal("converged", law.GetProperty("status").GetString());
        Assert.Equal(Tables.Law.E, law.GetProperty("E").GetDouble(), 1e-6);
        Assert.Equal(Tables.Law.Alpha, law.GetProperty("alpha").GetDouble(), 1e-6);
        Assert.Equal(Tables.Law.ParametersExponent, law.GetProperty("a").GetDouble(), 1e-6);
        Assert.Equal(28, json.GetProperty("input").GetProperty("points").GetInt32());
    }

    [Fact]
    public async Task Bad_values_are_excluded_by_row_and_the_others_fitted()
    {
        var rows = Tables.Rows().With(2, 2, "NaN").With(3, 2, "0").With(5, 0, "-1e9").With(7, 1, "inf").With(9, 2, "");
        var input = (await _lab.JsonAsync([Table(rows), .. Tables.Columns, "--bootstrap", "0"])).GetProperty("input");
        Assert.Equal(23, input.GetProperty("points").GetInt32());
        Assert.Equal([2, 3, 5, 7, 9],
            input.GetProperty("excluded").EnumerateArray().Select(e => e.GetProperty("row").GetInt32()));
        Assert.All(input.GetProperty("excluded").EnumerateArray(),
            e => Assert.NotEmpty(e.GetProperty("reason").GetString()!));
    }

    [Fact]
    public async Task Every_option_reaches_the_fit()
    {
        var json = await _lab.JsonAsync(
            [Table(Tables.Rows()), .. Tables.Columns, "--method", "mse", "--residuals", "linear", "--objective",
                "mean", "--minima", "akima", "--huber-delta",
                "0.01", "--drop-highest", "2", "--target-flops", "1e24", "--target-flops", "3e24", "--bootstrap", "25",
                    "--seed", "7", "--where", "size>0"]);
        var options = json.GetProperty("input").GetProperty("options");
        string[] words = ["method", "residuals", "objective", "minima"];
        Assert.Equal(["mse", "linear", "mean", "akima"], words.Select(word => options.GetProperty(word).GetString()!));
        Assert.Equal((0.01, 2, 25, 7),
            (options.GetProperty("huber_delta").GetDouble(), options.GetProperty("drop_highest").GetInt32(),
            options.GetProperty("bootstrap").GetInt32(), options.GetProperty("seed").GetInt32()));
        Assert.Equal([1e24, 3e24], options.GetProperty("target_flops").EnumerateArray().Select(t => t.GetDouble()));
        var frontier = json.GetProperty("frontier").EnumerateArray().Select(p => p.GetProperty("flops").GetDouble())
            .ToList();
        Assert.Equal([1e24, 3e24], frontier.Intersect([1e24, 3e24]));
    }

    private static IReadOnlyList<string> LawNames { get; } =
        [.. Enum.GetValues<FitApproach>().Select(FitOptionSet.JsonName)];

    public static TheoryData<string> Laws => [.. LawNames];

    [Theory]
    [MemberData(nameof(Laws))]
    public async Task The_law_that_is_asked_for_is_the_one_that_is_fitted(string approach)
    {
        var json =
            await _lab.JsonAsync(
                [Table(Tables.Rows()), .. Tables.Columns, "--approach", approach, "--bootstrap", "20"]);
        Assert.Equal([Key(approach)],
            LawNames.Select(Key).Where(law => json.GetProperty(law).ValueKind != JsonValueKind.Null));

        static string Key(string law) => law.Replace('-', '_');
    }

    [Fact]
    public async Task The_sum_and_the_mean_of_costs_give_the_same_law()
    {
        var rows = Tables.Rows().With(4, 2, "2.9");
        async Task<double[]> LawAsync(string objective)
        {
            var law =
                (await _lab.JsonAsync(
                    [Table(rows), .. Tables.Columns, "--bootstrap", "0", "--objective",
                        objective])).GetProperty("parametric");
            return [.. new[] { "E", "A", "B", "alpha", "beta" }.Select(name => law.GetProperty(name).GetDouble())];
        }

        Assert.Equal(await LawAsync("sum"), await LawAsync("mean"));
    }

    [Fact]
    public async Task Data_that_cannot_hold_a_law_give_a_status_and_no_number()
    {
        var oneBudget = await _lab.JsonAsync([Table(Tables.Rows(9, 1e20)), .. Tables.Columns, "--bootstrap", "0"]);
        Unidentified(oneBudget, "unidentified");
        Assert.Equal(JsonValueKind.Null, oneBudget.GetProperty("isoflop").GetProperty("a").ValueKind);
        var oneSize = Enumerable.Range(0, 12).Select(i => 1e18 * Math.Pow(2, i))
            .Select(c => (string[])["1e9", Tables.Text(c), Tables.Text(Tables.Law.Loss(1e9, c / 6e9))]);
        Unidentified(await _lab.JsonAsync([Table(oneSize), .. Tables.Columns, "--bootstrap", "0"]), "unidentified");
        Unidentified(await _lab.JsonAsync([Table([.. Tables.Rows().Take(3)]), .. Tables.Columns, "--bootstrap", "0"]),
            "too-few-points");
        Unidentified(
            await _lab.JsonAsync(
                [Table([.. Enumerable.Repeat(Tables.Rows()[0], 30)]), .. Tables.Columns, "--bootstrap", "0"]),
                "too-few-points");

        static void Unidentified(JsonElement json, string status)
        {
            var law = json.GetProperty("parametric");
            Assert.Equal(status, law.GetProperty("status").GetString());
            Assert.All(new[] { "E", "A", "B", "alpha", "beta", "a", "b" },
                name => Assert.Equal(JsonValueKind.Null, law.GetProperty(name).ValueKind));
            Assert.Empty(json.GetProperty("frontier").EnumerateArray());
            Assert.NotEmpty(json.GetProperty("warnings").EnumerateArray());
        }
    }

    [Fact]
    public async Task Rows_that_repeat_each_other_are_named_and_counted_once()
    {
        var rows = Tables.Rows();
        var json = await _lab.JsonAsync([Table([.. rows, rows[3], rows[8]]), .. Tables.Columns, "--bootstrap", "0"]);
        Assert.Equal(28, json.GetProperty("input").GetProperty("points").GetInt32());
        var warning =
            Assert.Single(json.GetProperty("warnings").EnumerateArray(),
                w => w.GetProperty("code").GetString() == "duplicate-rows");
        Assert.Equal([29, 30], warning.GetProperty("rows").EnumerateArray().Select(r => r.GetInt32()));
    }

    [Fact]
    public async Task Numbers_in_other_units_are_said_first_and_give_neither_headline_nor_advice_until_they_are_scaled()
    {
        var rows = Tables.Runs()
            .Select(one => new[] { Tables.Text(one.N / 1e6), Tables.Text(one.C), Tables.Text(one.Loss) });
        var file = _lab.Write("table.csv", Tables.Csv(rows, "params_M,compute,loss"));
        string[] columns =
            ["--flops", "compute", "--loss", "loss", "--bootstrap", "0", "--approach", "parametric", "--target-flops",
                "1e22"];
        var said = await _lab.RunAsync([file, "--n", "params_M", .. columns]);
        Assert.True(said.ExitCode == 0, said.ToString());
        var lines = said.Out.Split('\n');
        Assert.StartsWith("warning (units-impossible): column params_M: D / N (D = C / 6N) is ", lines[1],
            StringComparison.Ordinal);
        Assert.EndsWith("it looks as if N were in millions; --n \"params_M*1e6\" reads it so.", lines[1],
            StringComparison.Ordinal);
        Assert.StartsWith("What 10x the compute should buy is not said, and no advice is given", lines[2],
            StringComparison.Ordinal);
        Assert.DoesNotContain("advice (", said.Out, StringComparison.Ordinal);

        var scaled = await _lab.JsonAsync([file, "--n", "params_M*1e6", .. columns]);
        var advice =
            Assert.Single(scaled.GetProperty("frontier").EnumerateArray(),
                p => p.GetProperty("flops").GetDouble() == 1e22);
        Assert.Equal(Tables.Law.Optimum(1e22).Parameters, advice.GetProperty("parameters").GetDouble(),
            1e-3 * Tables.Law.Optimum(1e22).Parameters);
        Assert.DoesNotContain("units-", scaled.GetProperty("warnings").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_are_curves_of_the_envelope_and_the_rest_of_the_fit_is_drawn_by_run()
    {
        var rows = Tables.Runs().SelectMany((one, run) => Enumerable.Range(1, 4).Select(part =>
            new[] { $"r{run}", Tables.Text(one.N), Tables.Text(one.D * part / 4),
                Tables.Text(Tables.Law.Loss(one.N, one.D * part / 4)) }));
        string[] call =
            [_lab.Write("table.csv", Tables.Csv(rows, "run,N,D,loss")), "--n", "N", "--d", "D", "--loss", "loss",
                "--bootstrap", "20"];
        var said = await _lab.RunAsync(call);
        Assert.Contains("112 points of 28 runs fitted of 112 rows", said.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("one a run", said.Out, StringComparison.Ordinal);
        var last = await _lab.JsonAsync([.. call, "--run-column", "run"]);
        Assert.Equal(28, last.GetProperty("input").GetProperty("points").GetInt32());
        Assert.Equal(112, last.GetProperty("envelope").GetProperty("points").GetInt32());
        Assert.Equal("training-curves", last.GetProperty("envelope").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Options_that_cannot_be_are_refused_with_what_is_expected()
    {
        var file = Table(Tables.Rows());
        Says(await _lab.RunAsync(file, "--method", "lsq"), "--method is 'lsq'; one of huber, mse, vpnls is expected");
        Says(await _lab.RunAsync(file, "--approach", "chinchilla"),
            $"--approach is 'chinchilla'; one of {string.Join(", ", LawNames)}, all is expected");
        Says(await _lab.RunAsync(
            [file, .. Tables.Columns, "--huber-delta", "0", "--drop-highest", "-1", "--target-flops", "0"]),
            "the Huber delta must be a positive number", "the number of highest losses to drop must not be negative",
            "every target budget must be");
        Says(await _lab.RunAsync(), "FILE.csv: name a table of runs, or --demo chinchilla");
        Says(await _lab.RunAsync(file, "--demo", "chinchilla"), "--demo: is made up; leave");
        Says(await _lab.RunAsync(_lab.At("none.csv")), "none.csv: no such file");
        Says(await _lab.RunAsync(_lab.Folder), "is a folder");
        Says(await _lab.RunAsync([file, .. Tables.Columns, "--json", _lab.At("no/where.json")]),
            "--json: there is no folder");
        Says(await _lab.RunAsync(file, "--n", "width"), "--n: ",
            "has no column 'width' (columns: size, compute, loss)", "has no column 'loss_validation'");

        static void Says(FitAnswer answer, params string[] problems)
        {
            Assert.True(answer.ExitCode == 2, answer.ToString());
            Assert.All(problems, problem => Assert.Contains(problem, answer.Error, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_demo_finds_the_printed_law_within_its_intervals_and_is_the_same_each_time()
    {
        var first = await _lab.RunAsync("--demo", "chinchilla", "--bootstrap", "200", "--json", _lab.At("first.json"));
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("noise of 0.3 % in loss, drawn with seed 1", first.Out, StringComparison.Ordinal);
        Assert.Contains("10x the compute means x2.", first.Out, StringComparison.Ordinal);
        await _lab.RunAsync("--demo", "chinchilla", "--bootstrap", "200", "--json", _lab.At("second.json"));
        var text = await File.ReadAllTextAsync(_lab.At("first.json"));
        Assert.Equal(text, await File.ReadAllTextAsync(_lab.At("second.json")));

        var fit = FitDocument.FromJson(text);
        Assert.Equal(240, fit.Input.Points);
        var truth = DemoSweep.Chinchilla.Law;
        (string, double)[] parameters =
            [("E", truth.E), ("alpha", truth.Alpha), ("beta", truth.Beta), ("a", truth.ParametersExponent)];
        foreach (var (name, value) in parameters)
            Assert.InRange(value, fit.Parametric!.Interval95![name].Low, fit.Parametric.Interval95[name].High);
    }

    private string Table(IEnumerable<string[]> rows) => _lab.Write("table.csv", Tables.Csv(rows));

    private string Table(IReadOnlyList<string[]> rows) => Table(rows.AsEnumerable());
}
