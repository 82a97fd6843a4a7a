using ScalingLab.Cli.Chaos.Trials;

namespace ScalingLab.Cli.Tests;

public sealed class ProcessesTests
{
    [Theory]
    [InlineData("/usr/bin/dotnet\0exec\0/a/ScalingLab.Worker.dll\0", true)]
    [InlineData("dotnet\0exec\0/a/ScalingLab.Worker.TorchSharp.dll\0", true)]
    [InlineData("dotnet\0exec\0/a/ScalingLab.Worker.TorchSharp.dll\0--doctor\0", false)]
    [InlineData("dotnet\0exec\0/a/lab.dll\0node\0", false)]
    public void A_worker_that_trains_is_known_by_its_program_of_whichever_engine(string commandLine, bool isWorker) =>
        Assert.Equal(isWorker, Processes.IsWorker(commandLine));
}
