using System.Diagnostics;

namespace ScalingLab.Torch.Tests;

/// <summary>How the build looks for libtorch.</summary>
public class NativeBuildTests
{
    [Fact]
    public void A_folder_without_libtorch_is_refused_in_one_line_that_names_the_remedy()
    {
        var (exitCode, lines) = Find("/nowhere");
        Assert.NotEqual(0, exitCode);
        var line = Assert.Single(lines, l => l.StartsWith("ScalingLab:", StringComparison.Ordinal));
        Assert.Contains("LIBTORCH is '/nowhere'", line, StringComparison.Ordinal);
        Assert.Contains("apt-get install libtorch-dev libopenblas0-openmp", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Libtorch_is_found_where_this_program_was_built()
    {
        var (exitCode, lines) = Find(Environment.GetEnvironmentVariable("LIBTORCH") ?? "");
        Assert.Equal(0, exitCode);
        Assert.Contains(lines, l => l.Contains("libtorch from", StringComparison.Ordinal));
    }

    private static (int ExitCode, string[] Lines) Find(string libtorch)
    {
        var start =
            new ProcessStartInfo("cmake", ["-P", Repository.At("src/ScalingLab.Torch/native/FindLibtorch.cmake")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["LIBTORCH"] = libtorch;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + errors.GetAwaiter().GetResult()).Split('\n'));
    }
}
