namespace ScalingLab.Cli.Tests;

/// <summary>A table of minima in place of one of runs, from the file to what is said.</summary>
public sealed class MinimaTableTests : IDisposable
{
    private const string Table =
        "C,N_opt,D_opt\n1e18,1.2e8,1.35e9\n1e19,4.0e8,4.2e9\n1e20,1.25e9,1.3e10\n1e21,3.8e9,4.3e10\n";

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Minima_give_exponents_a_headline_and_advice()
    {
        var answer =
            await _lab.RunAsync(_lab.Write("minima.csv", Table), "--flops", "C", "--n-opt", "N_opt", "--d-opt",
                "D_opt", "--bootstrap", "100");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.StartsWith("4 minima fitted of 4 rows; minima: C = C, N_opt = N_opt, D_opt = D_opt.", answer.Out,
            StringComparison.Ordinal);
        Assert.Contains("10x the compute means x3.2 model and x3.2 data (given minima; 95 %: ", answer.Out,
            StringComparison.Ordinal);
        Assert.Contains("Student's t", answer.Out, StringComparison.Ordinal);
        Assert.Contains("advice (isoflop) for", answer.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("IsoFLOP budget", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_without_a_number_or_against_a_condition_are_set_aside()
    {
        var file = _lab.Write("minima.csv", Table + "1e22,,1e11\n1e23,1e12,1e11\n");
        var json =
            await _lab.JsonAsync(file, "--flops", "C", "--n-opt", "N_opt", "--where", "C<1e23", "--bootstrap", "0");
        Assert.Equal(["no N_opt", "not C<1e23"],
            json.GetProperty("input").GetProperty("excluded").EnumerateArray()
            .Select(one => one.GetProperty("reason").GetString()!));
        Assert.Equal(4, json.GetProperty("input").GetProperty("points").GetInt32());
        Assert.True(json.GetProperty("isoflop").GetProperty("given").GetBoolean());
    }

    [Fact]
    public async Task Options_of_runs_and_columns_that_are_not_there_are_all_listed()
    {
        var file = _lab.Write("minima.csv", Table);
        var options =
            await _lab.RunAsync(file, "--n-opt", "N_opt", "--loss", "L", "--minima", "akima", "--approach", "kaplan");
        Assert.Equal(2, options.ExitCode);
        Assert.Equal(["--loss", "--approach", "--minima"], options.Problems.Select(problem => problem.Split(':')[0]));
        var columns = await _lab.RunAsync(file, "--n-opt", "N", "--d-opt", "D");
        Assert.Equal(["--flops", "--n-opt", "--d-opt"], columns.Problems.Select(problem => problem.Split(':')[0]));
        Assert.Contains("--d-opt", Assert.Single((await _lab.RunAsync(file, "--d-opt", "D_opt")).Problems),
            StringComparison.Ordinal);
        Assert.Contains("--figures", Assert.Single(
            (await _lab.RunAsync(file, "--flops", "C", "--n-opt", "N_opt", "--figures", _lab.At("f"))).Problems),
            StringComparison.Ordinal);
        var text =
            await _lab.RunAsync(_lab.Write("text.csv", "C,N_opt\n1e18,many\n"), "--flops", "C", "--n-opt", "N_opt");
        Assert.Contains("1 of 1 cells is no number, first line 2 'many'", Assert.Single(text.Problems),
            StringComparison.Ordinal);
    }
}
