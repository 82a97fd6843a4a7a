using System.Diagnostics;

namespace ScalingLab.Torch.Tests;

/// <summary>
/// The other engine: -p:TorchEngine=TorchSharp compiles the same Training and Worker against TorchSharp's signatures, as the listing has them. That they
/// compute the same with the package itself cannot be said here.
/// </summary>
public sealed class TorchSharpBuildTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torchsharp-").FullName;

    [TorchSharpListFact]
    public void Training_and_the_worker_compile_against_TorchSharps_signatures()
    {
        File.WriteAllText(Path.Combine(_folder, "TorchSharp.cs"), TorchSharpStub.Source());
        File.WriteAllText(Path.Combine(_folder, "TorchSharp.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><NoWarn>CS8981</NoWarn><OutputPath>bin/</OutputPath></PropertyGroup>
            </Project>
            """);
        Build(Path.Combine(_folder, "TorchSharp.csproj"));
        Build(
            Path.Combine(TorchSharpList.Root, "src/ScalingLab.Worker"), "-p:TorchEngine=TorchSharp", "-p:TreatWarningsAsErrors=true",
            $"-p:TorchSharpReference={_folder}/bin/net10.0/TorchSharp.dll", $"-p:ArtifactsPath={_folder}/artifacts");
        Assert.True(File.Exists(Path.Combine(_folder, "artifacts/bin/ScalingLab.Worker/release/ScalingLab.Worker.dll")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "artifacts/native")), "the shim is not built");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Build(string project, params string[] arguments)
    {
        // What is said goes into a file, and the pipe is not read to its end: a compiler that stays behind for the next build holds it.
        var log = Path.Combine(_folder, "build.log");
        var start = new ProcessStartInfo("dotnet", [
            "build", project, "-c", "Release", "-nodeReuse:false", "-noConsoleLogger", $"-flp:logfile={log};verbosity=quiet", "-p:RunAnalyzers=false",
            .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{project}:\n{File.ReadAllText(log)}");
    }
}
