using System.Globalization;
using ScalingLab.Fitting.Laws;
using ScalingLab.Lab.Tests;

namespace ScalingLab.Cli.Tests;

/// <summary>
/// What <c>lab fit</c> advises and predicts: units of compute, repeated text, runs that were not made, pinned
/// parameters.
/// </summary>
public sealed class FitAdviceTests : IDisposable
{
    private static readonly string[] Brief = ["--approach", "parametric", "--bootstrap", "40"];

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Compute_in_GFLOPs_advises_what_compute_in_FLOPs_does()
    {
        var one = await AdviceAsync(1, "1e22");
        var other = await AdviceAsync(1e-9, "1e13");
        Assert.Equal(1, other.Parameters / one.Parameters, 1e-6);
        Assert.Equal(1, other.Tokens / one.Tokens, 1e-6);
    }

    [Fact]
    public async Task Runs_that_were_not_made_are_predicted_with_their_intervals_and_how_far_they_lie_out()
    {
        var file = _lab.Write("runs.csv", Tables.Csv(Tables.Rows()));
        string[] asked = ["--predict", "N=1B,D=20B", "--predict", " N = 124e9 , D = 2.5T ", "--predict", "C=1e24"];
        var answer = await _lab.RunAsync([file, .. Tables.Columns, .. Brief, .. asked]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("predicted for N", answer.Out, StringComparison.Ordinal);
        Assert.Contains("among them", answer.Out, StringComparison.Ordinal);
        Assert.Contains("predicted 2 is extrapolated: N ", answer.Out, StringComparison.Ordinal);
        var told = (await _lab.JsonAsync([file, .. Tables.Columns, .. Brief, .. asked])).GetProperty("predictions");
        Assert.Equal(3, told.GetArrayLength());
        Assert.Equal(Tables.Law.Loss(1e9, 20e9), told[0].GetProperty("loss").GetDouble(), 1e-6);
        Assert.False(told[0].GetProperty("extrapolated").GetBoolean());
        Assert.Equal(2, told[0].GetProperty("interval95").GetArrayLength());
        Assert.Equal(124e9, told[1].GetProperty("parameters").GetDouble());
        Assert.Equal(Tables.Law.Optimum(1e24).Parameters, told[2].GetProperty("parameters").GetDouble(), 1e6);
    }

    [Fact]
    public async Task What_cannot_be_predicted_is_withheld_and_said_and_the_fit_is_still_done()
    {
        var file = _lab.Write("one.csv", Tables.Csv(Tables.Rows(7, 1e20)));
        var answer =
            await _lab.RunAsync(
                [file, .. Tables.Columns, .. Brief, "--predict", "N=1B,D=20B", "--predict", "N=1B,D=20B,U=1B"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("predicted 1 is withheld: no law is identified by these rows", answer.Out,
            StringComparison.Ordinal);
        Assert.Contains("predicted 2 is withheld: the data-constrained law was not asked for", answer.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pinned_parameters_are_told_and_the_rest_is_fitted()
    {
        var file = _lab.Write("runs.csv", Tables.Csv(Tables.Rows()));
        var answer = await _lab.RunAsync([file, .. Tables.Columns, .. Brief, "--pin", "E=1.69", "--pin", "alpha=0.34"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("with E = 1.69, alpha = 0.34 pinned: converged", answer.Out, StringComparison.Ordinal);
        Assert.Contains("  alpha 0.34  (pinned)", answer.Out, StringComparison.Ordinal);
        var law =
            (await _lab.JsonAsync([file, .. Tables.Columns, .. Brief, "--pin", "beta=alpha"])).GetProperty(
                "parametric");
        Assert.Equal(law.GetProperty("alpha").GetDouble(), law.GetProperty("beta").GetDouble());
        Assert.Equal(["beta", "a", "b"], law.GetProperty("pinned").EnumerateArray().Select(name => name.GetString()!));
    }

    [Fact]
    public async Task Every_pin_and_prediction_that_cannot_be_is_named()
    {
        var file = _lab.Write("runs.csv", Tables.Csv(Tables.Rows()));
        var answer = await _lab.RunAsync(
            [file, .. Tables.Columns, "--pin", "A=400", "--pin", "E=many", "--pin", "alpha", "--pin", "beta=9",
                "--pin", "alpha=0.3", "--pin", "alpha=0.4",
                "--predict", "N=124M", "--predict", "N=1B,D=2X", "--predict", "M=7", "--predict", "C=1e20,N=1B",
                    "--bootstrap", "-1"]);
        Assert.Equal(2, answer.ExitCode);
        string[] expected =
        [
            "'A=400': A cannot be pinned; E, alpha and beta can", "'E=many': many is no number", "'alpha' is no pin",
            "'alpha=0.4': alpha is pinned twice",
            "beta can be pinned between 0.001 and 5 alone", "'N=124M': a prediction takes N and D",
                "'N=1B,D=2X': 'D=2X' has no number",
            "'M=7': 'M=7' is none of N=, D=, U=, C= and L=", "'C=1e20,N=1B': a prediction takes N and D",
                "the number of bootstrap draws",
        ];
        Assert.All(expected,
            text => Assert.Contains(answer.Problems, problem => problem.Contains(text, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, answer.Problems.Count);
    }

    [Fact]
    public async Task Rows_that_repeat_their_text_often_do_not_lead_the_headline()
    {
        var law = new DataConstrainedLaw(Tables.Law, 15.4, double.PositiveInfinity);
        var rows = from n in new[] { 1e7, 3e7, 1e8, 3e8, 1e9 }
                   from epochs in new[] { 1, 2, 4, 8, 16, 32, 64 }
                   let d = 1e8 * epochs
                   select (string[])[Tables.Text(n), Tables.Text(d), "1e8", Tables.Text(law.Loss(n, d, 1e8))];
        var file = _lab.Write("repeat.csv", Tables.Csv(rows, "N,D,U,loss"));
        string[] columns = ["--n", "N", "--d", "D", "--unique", "U", "--loss", "loss"];
        var answer =
            await _lab.RunAsync(
                [file, .. columns, "--approach", "parametric", "--approach", "data-constrained", "--bootstrap", "0"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains(
            "10x the compute means x2.8 model and x3.5 data (data-constrained law, fresh text; no interval)",
            answer.Out, StringComparison.Ordinal);
        Assert.Contains("20 of 35 rows repeat their text more than four times", answer.Out, StringComparison.Ordinal);
        Assert.Contains("advice (data-constrained) for", answer.Out, StringComparison.Ordinal);
    }

    private async Task<(double Parameters, double Tokens)> AdviceAsync(double unit, string budget)
    {
        // With D beside C: C alone would give D = C / 6N in that unit.
        var rows = from row in Tables.Rows()
                   let c = Number(row[1])
                   select (string[])[row[0], Tables.Text(c * unit), row[2], Tables.Text(c / (6 * Number(row[0])))];
        var file = _lab.Write("runs.csv", Tables.Csv(rows, "size,compute,loss,tokens"));
        var json = await _lab.JsonAsync([file, .. Tables.Columns, "--d", "tokens", .. Brief, "--target-flops", budget]);
        var point = json.GetProperty("frontier").EnumerateArray()
            .First(p => p.GetProperty("flops").GetDouble() == Number(budget));
        return (point.GetProperty("parameters").GetDouble(), point.GetProperty("tokens").GetDouble());

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
