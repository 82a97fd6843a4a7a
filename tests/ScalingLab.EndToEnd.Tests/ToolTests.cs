using System.Diagnostics;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.EndToEnd.Tests;

/// <summary>
/// Where there is the .NET SDK alone: no bash, no compiler, no cmake, no package manager on the PATH.
/// </summary>
public sealed class ToolTests : IDisposable
{
    private readonly Lab _lab = new();

    public ToolTests()
    {
        _lab.WriteText();
        _lab.Write("grid.json", """
            { "name": "bare", "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
              "models": ["micro-28k"], "lengths": [{ "tokens": 5000 }] }
            """);
    }

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Packed_as_a_tool_and_installed_from_a_folder_it_trains_where_there_is_no_clone()
    {
        var (packed, tools) = (_lab.At("packed"), _lab.At("tools"));
        Run(Lab.Dotnet, ["pack", Repository.At("src/ScalingLab.Cli"), "-c", "Release", "--no-build", "-o", packed]);
        // it calls chmod
        Run(Lab.Dotnet, ["tool", "install", "ScalingLab", "--tool-path", tools, "--source", packed], bare: false);
        Assert.Contains("torchsharp", Run(Path.Combine(tools, "lab"), ["run", "grid.json", "--out", "results"]),
            StringComparison.Ordinal);
        MustHaveTrained();
    }

    [Fact]
    public void Run_from_its_sources_by_dotnet_alone_it_trains()
    {
        Run(
            Lab.Dotnet,
            ["run", "--no-build", "-c", "Release", "--project", Repository.At("src/ScalingLab.Cli"), "--", "run",
                "grid.json", "--out", "results",
                "--engine", "torchsharp"]);
        MustHaveTrained();
    }

    private void MustHaveTrained()
    {
        var row = Assert.Single(RunsCsv.Read(_lab.At("results/runs.csv")));
        Assert.Equal((RunState.Completed, "torchsharp"), (row.State, row.Engine));
    }

    private string Run(string program, string[] arguments, bool bare = true)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _lab.Folder };
        if (bare) start.Environment["PATH"] = Path.GetDirectoryName(Lab.Dotnet);
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Lab.Dotnet);
        start.Environment["SCALINGLAB_HOME"] = _lab.At("home");
        start.Environment.Remove("SCALINGLAB_WORKER");
        return Programs.Run(start);
    }
}
