using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ScalingLab.Runs;

namespace ScalingLab.Cli;

/// <summary><c>lab serve [--port P]</c>: the live page, by a program of its own that speaks on this one's output and error.</summary>
internal static class ServeCommand
{
    private const string InRepository = "artifacts/bin/ScalingLab.Dashboard/release/ScalingLab.Dashboard.dll";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create(Screen screen, LabHome home)
    {
        var port = new Option<int>("--port")
        {
            Description = "TCP port on 127.0.0.1; 0 takes any that is free",
            DefaultValueFactory = _ => 5080,
        };
        var command = new Command("serve", "Show every sweep live in a browser, on this machine only") { port };
        command.SetAction((parsed, stop) => RunAsync(screen, home, parsed.GetValue(port), stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, int port, CancellationToken stop)
    {
        if (port is < 0 or > ushort.MaxValue)
            throw new InputException("--port", $"{port} is no port: give a number from 0 (any free one) to {ushort.MaxValue}");
        var program = Path.Combine(home.Root, InRepository);
        if (!File.Exists(program))
        {
            throw new InputException(
                "dashboard", $"{program} is not there: ./lab builds it, or 'dotnet build src/ScalingLab.Dashboard -c Release'");
        }

        using var dashboard = Process.Start(new ProcessStartInfo(
            WorkerLaunch.Dotnet(), ["exec", program, home.LedgerFile, home.Root, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true, // its end asks the program to stop, even when this one dies
        })!;
        try
        {
            await dashboard.WaitForExitAsync(stop);
            return dashboard.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(screen, dashboard);
            return Door.Done;
        }
    }

    private static async Task EndAsync(Screen screen, Process dashboard)
    {
        dashboard.StandardInput.Close();
        using var late = new CancellationTokenSource(Patience);
        try
        {
            await dashboard.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            screen.Error.WriteLine("lab: the dashboard does not stop by itself; ending it.");
            dashboard.Kill(entireProcessTree: true);
        }
    }
}
