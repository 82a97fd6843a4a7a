using System.Text.Json;
using ScalingLab.Cli.Commands.Simulations;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;

namespace ScalingLab.Cli.Tests;

/// <summary><c>lab simulate</c> through the same door as from a shell.</summary>
public sealed class SimulateCommandTests : IDisposable
{
    private const string Law = "E=1.8,A=406,B=410,alpha=0.34,beta=0.28";

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("nosuch", "GRID: there is no file 'nosuch', and no design of that name (large, small")]
    [InlineData("small --law E=1", "--law: 'E=1' has no A, no B, no alpha, no beta")]
    [InlineData("small --law E=1,E=2,Q=3,A=-1", "E is given twice")]
    [InlineData("small --noise 3", "--noise: is 3; 0 to 1 is expected")]
    [InlineData("small --trials 2000000000", "--trials is 2000000000; at most 100000 is expected")]
    [InlineData("small --seeds 2000000000", "--seeds is 2000000000; at most 1000 is expected")]
    [InlineData("small --failures 1", "--failures: is 1; 0 to less than 1 is expected")]
    [InlineData("small --target N_opt", "--target: 'N_opt' is no target: a, b, E")]
    [InlineData("small --target loss@N=1e9", "--target: 'loss@N=1e9' is no target")]
    [InlineData("GRID", "--law: a grid has no law of its own: give one")]
    public async Task What_cannot_be_simulated_is_refused_with_a_sentence(string line, string problem)
    {
        var grid = Repository.At("experiments/quickstart/grid.json");
        var answer = await RunAsync(["simulate", "sweep", .. line.Split(' ').Select(w => w == "GRID" ? grid : w)]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grid_is_simulated_without_its_text()
    {
        var answer = await RunAsync(["simulate", "sweep", Repository.At("experiments/quickstart/grid.json"),
            "--law", Law, "--seeds", "2", "--trials", "3", "--bootstrap", "0", "--target", "loss@N=1e9,D=2e10",
            "--json"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        using var json = JsonDocument.Parse(answer.Out);
        Assert.Equal(40, json.RootElement.GetProperty("runs").GetInt32());
        Assert.Equal(3, json.RootElement.GetProperty("trials").GetInt32());
        Assert.Equal(["E", "alpha", "beta", "a", "b", "loss@N=1e9,D=2e10"],
            json.RootElement.GetProperty("quantities").EnumerateArray().Select(q => q.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task What_choosing_saves_is_said_with_its_interval()
    {
        var answer = await RunAsync(["simulate", "next", "small", "--trials", "3", "--bootstrap", "20", "--json"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        using var json = JsonDocument.Parse(answer.Out);
        var found = json.RootElement.GetProperty("found");
        Assert.Equal(3, found.GetProperty("trials").GetInt32());
        Assert.Equal(9, found.GetProperty("rows").GetArrayLength());
        Assert.True(found.GetProperty("saved95")[0].GetDouble() <= found.GetProperty("saved").GetDouble());
    }

    [Fact]
    public async Task Options_that_a_choice_of_runs_does_not_know_are_refused()
    {
        var answer = await RunAsync(["simulate", "next", "small", "--failures", "0.1", "--bootstrap", "5"]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains("--failures: is for lab simulate sweep", answer.Error, StringComparison.Ordinal);
        Assert.Contains("--bootstrap: at least 20 draws are needed", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_sweep_is_gone_through_again_and_every_cut_run_is_scored()
    {
        var answer = await RunAsync(["simulate", "stopping", Repository.At("results/quickstart"), "--json"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        using var json = JsonDocument.Parse(answer.Out);
        var said = json.RootElement;
        Assert.Equal(30, said.GetProperty("runs").GetInt32());
        var cut = said.GetProperty("stopped").EnumerateArray().ToList();
        Assert.NotEmpty(cut);
        Assert.All(cut, one =>
        {
            Assert.True(one.GetProperty("predicted").GetDouble() > one.GetProperty("best").GetDouble());
            Assert.True(one.GetProperty("actual").GetDouble() > one.GetProperty("best").GetDouble());
        });
        Assert.InRange(said.GetProperty("saved").GetDouble() / said.GetProperty("flops").GetDouble(), 0.05, 0.75);
        Assert.Equal(3, said.GetProperty("fits").GetArrayLength());
    }

    [Theory]
    [InlineData("quickstart --margin -1", "--margin: is -1; at least 0 is expected")]
    [InlineData("nowhere", "RESULTS: there is no folder")]
    [InlineData("positions-and-optimizers", "has runs of several recipes, and a law is of one")]
    public async Task A_sweep_that_cannot_be_gone_through_is_refused_with_a_sentence(string line, string problem)
    {
        string[] words = line.Split(' ');
        var answer = await RunAsync(["simulate", "stopping", Repository.At($"results/{words[0]}"), .. words[1..]]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_queue_of_a_cluster_is_simulated_with_its_ledger()
    {
        var grid = Repository.At("experiments/quickstart/grid.json");
        var answer = await RunAsync(["simulate", "queue", grid, "--nodes", "1000", "--slots", "8", "--copies", "3000",
            "--speed", "1e10", "--json"]);
        Assert.True(answer.ExitCode == CliHost.Success, answer.ToString());
        var said = JsonDocument.Parse(answer.Out).RootElement;
        Assert.Equal((8000, 90_000), (said.GetProperty("slots").GetInt32(), said.GetProperty("runs").GetInt32()));
        var (makespan, free) = (said.GetProperty("makespanSeconds").GetDouble(),
            said.GetProperty("makespanOfFreeClaimsSeconds").GetDouble());
        var least = said.GetProperty("flops").GetDouble() / 1e10 / 8000;
        Assert.True(least <= free && free < makespan && makespan < free + (90_000 * 0.0019));
        Assert.Equal(makespan, said.GetProperty("sweeps")[0].GetProperty("endsAfterSeconds").GetDouble());
        Assert.Equal(1 - (least / makespan), said.GetProperty("idleShare").GetDouble(), 1e-9);
        Assert.InRange(said.GetProperty("ledger").GetProperty("mostClaimsASecond").GetInt32(), 500, 528);
        var table = await RunAsync(["simulate", "queue", grid, "--speed", "1e10", "--slots", "2"]);
        Assert.Contains("1 node of a processor, 2 runs at a time; 30 runs", table.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_cannot_be_simulated_is_refused_with_every_problem()
    {
        var grid = Repository.At("experiments/quickstart/grid.json");
        var answer = await RunAsync(["simulate", "queue", grid, "--device", "h200", "--copies", "1000000"]);
        Assert.Equal(CliHost.BadInput, answer.ExitCode);
        Assert.Equal(2, answer.Problems.Count);
        Assert.Equal($"{grid}: of 20 of its 20 rows the time of a run is not known: the model of times is of bf16, and "
            + "this is fp32 (with recipe.precision=bf16 it is told); give FLOP/s of a run with --speed",
            answer.Problems[0]);
        Assert.StartsWith("--copies: makes more than 10,000,000 runs", answer.Problems[1], StringComparison.Ordinal);
        var typed = await RunAsync(["simulate", "queue", "nowhere.json", "--device", "h201", "--speed", "0"]);
        Assert.Equal(["--device", "nowhere.json", "--speed"], typed.Problems.Select(problem => problem.Split(':')[0]));
    }

    private Task<FitAnswer> RunAsync(string[] words) => _lab.SayAsync(
        screen => SimulateCommand.Create(screen, new LabHome(_lab.Folder, _lab.At(".lab"))), words);
}
