using System.Text.Json;
using ScalingLab.Cli.Commands.Advice;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab advise</c>: studies that end in their time, and what laws say of one model.</summary>
public sealed class AdviseCommandTests : IDisposable
{
    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("scaling")]
    [InlineData("recipe")]
    [InlineData("repetition")]
    public async Task A_study_uses_its_time_and_is_a_grid(string question)
    {
        var advice = await JsonAsync("--hours", "10", "--device", "rtx4090", "--data", "20GB", "--question", question);
        var seconds = advice.GetProperty("study").GetProperty("estimatedSeconds").GetDouble();
        Assert.InRange(seconds / 3600, 7, 10);
        Directory.CreateDirectory(_lab.At("text"));
        var grid = GridFile.Read(_lab.Write("grid.json", advice.GetProperty("grid").GetString()!));
        var data = new Runs.DataIdentity("c", new string('0', 64), new string('1', 64), 0.05);
        Assert.Equal(advice.GetProperty("study").GetProperty("runs").GetInt32(),
            GridExpansion.Expand(grid, data, 32_768).Cells.Count);
        Assert.False(advice.GetProperty("isLimitedByText").GetBoolean());
    }

    [Fact]
    public async Task Each_budget_of_a_scaling_study_has_sizes_on_both_sides_of_its_best_one()
    {
        var advice = await JsonAsync("--hours", "3", "--device", "h200", "--data", "2GB");
        var rows = advice.GetProperty("study").GetProperty("rows").EnumerateArray().ToLookup(
            row => row.GetProperty("budgetFlops").GetDouble(), row => row.GetProperty("parametersWithHead").GetDouble());
        Assert.Equal(4, rows.Count);
        Assert.All(rows, budget =>
        {
            var best = Math.Sqrt(budget.Key / 120); // no results are here: 20 tokens a parameter
            Assert.True(budget.Min() < 0.8 * best && budget.Max() > 1.25 * best);
        });
        Assert.InRange(advice.GetProperty("study").GetProperty("estimatedSeconds").GetDouble(), 0, 3 * 3600);
    }

    [Fact]
    public async Task Short_text_limits_a_study_and_money_is_time()
    {
        var little = await JsonAsync("--hours", "100", "--device", "h200", "--data", "300Mtokens");
        Assert.True(little.GetProperty("isLimitedByText").GetBoolean());
        Assert.All(little.GetProperty("study").GetProperty("rows").EnumerateArray(),
            row => Assert.True(row.GetProperty("epochs").GetDouble() <= 4.01));
        var bought = await JsonAsync("--money", "20 USD", "--price", "2 USD/h", "--device", "h200:2", "--data", "9GB");
        Assert.Equal(5, bought.GetProperty("hours").GetDouble());
        Assert.InRange(bought.GetProperty("study").GetProperty("price").GetDouble(), 10, 20);
    }

    [Fact]
    public async Task The_best_single_model_is_told_by_own_runs_and_by_published_laws()
    {
        var advice = await JsonAsync("--hours", "2", "--device", "h200", "--data", "2GB", "--results",
            Repository.At("results/ladder"));
        var laws = advice.GetProperty("single").GetProperty("laws").EnumerateArray().ToList();
        Assert.Equal("runs of ladder", laws[0].GetProperty("law").GetString());
        Assert.InRange(laws[0].GetProperty("parameters").GetDouble(),
            laws[0].GetProperty("parametersLow").GetDouble(), laws[0].GetProperty("parametersHigh").GetDouble());
        Assert.Contains(laws, law => law.GetProperty("law").GetString() == "Hoffmann et al. 2022");
        Assert.InRange(advice.GetProperty("single").GetProperty("forecast").GetProperty("seconds").GetDouble(),
            0.8 * 7200, 7200);
    }

    [Fact]
    public async Task Every_problem_is_told_at_once()
    {
        var answer = await AskAsync("--device", "rtx409", "--data", "much", "--money", "20", "--question", "why");
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        foreach (var place in new[] { "--device", "--data", "--money", "--question" })
            Assert.Contains($"  {place}: ", answer.Error, StringComparison.Ordinal);
        _lab.Write("there.json", "{}");
        var more = await AskAsync("--device", "rtx409", "--data", "2GB", "--hours", "1e300", "--name", "a b", "--out",
            _lab.At("there.json"));
        Assert.Equal(["--device", "--hours", "--name", "--out"],
            more.Problems.Select(problem => problem.Split(':')[0]));
        Assert.Contains("--hours: is 1.00e300; hours above 0 and at most 100,000 are planned", more.Error,
            StringComparison.Ordinal);
        Assert.Contains("is there already, and is not replaced", more.Error, StringComparison.Ordinal);
        Assert.Contains("--money: pays 1e9 hours", (await AskAsync("--device", "l4", "--data", "2GB", "--money",
            "2000000000 USD", "--price", "2 USD/h")).Error, StringComparison.Ordinal);
        var endless = await AskAsync("--hours", "1", "--device", "l4", "--data", "99999999999TB");
        Assert.Contains("--data: is '99999999999TB'", endless.Error, StringComparison.Ordinal);
        Assert.Contains("the least takes", (await AskAsync("--hours", "0.1", "--device", "l4", "--data", "2GB")).Error,
            StringComparison.Ordinal);
        Assert.Contains("on a processor", (await AskAsync("--hours", "1", "--device", "cpu", "--data", "2GB")).Error,
            StringComparison.Ordinal);
    }

    private async Task<JsonElement> JsonAsync(params string[] words)
    {
        var answer = await AskAsync([.. words, "--json"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        return JsonDocument.Parse(answer.Out).RootElement;
    }

    private Task<FitAnswer> AskAsync(params string[] words) =>
        _lab.SayAsync(screen => AdviseCommand.Create(screen, new LabHome(_lab.Folder, _lab.At(".lab"))),
            ["advise", .. words]);
}
