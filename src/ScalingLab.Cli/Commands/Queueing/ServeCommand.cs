using System.CommandLine;
using System.Net;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Scheduling;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary>
/// <c>lab serve</c>: the daemon of one machine: a node that runs the ledger's sweeps, and the live page; with
/// <c>--page-only</c> the page alone.
/// </summary>
internal static class ServeCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var port =
            new Option<int>("--port")
            { Description = "TCP port of the page; 0 takes any that is free", DefaultValueFactory = _ => 5080 };
        var listen = new Option<string>("--listen")
        {
            Description =
                "IP address of the page; other than this machine's own 127.0.0.1, every request needs the token",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var pageOnly = new Option<bool>("--page-only") { Description = "Only show: train nothing here" };
        var ledger = LedgerOption.Create();
        var flags = new NodeOptionSet();
        var command =
            new Command("serve", "Train what is queued, and show every sweep live in a browser, until stopped")
            { port, listen, pageOnly, ledger };
        flags.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(pageOnly) && flags.NodeOnlyProblems(parsed) is { Count: > 0 } problems)
                throw new InputException(problems);
            return RunAsync(
                screen, home, LedgerPlace.Find(parsed.GetValue(ledger), home),
                new PageAddress(parsed.GetValue(listen)!, parsed.GetValue(port)),
                parsed.GetValue(pageOnly) ? null : flags.Bind(parsed), stop);
        });
        return command;
    }

    /// <summary>Where the page is: IP address, and TCP port, of which 0 is any that is free.</summary>
    private sealed record PageAddress(string Listen, int Port)
    {
        /// <exception cref="InputException">It cannot be: every problem.</exception>
        public void Require()
        {
            var problems = new List<Problem>();
            if (Port is < 0 or > ushort.MaxValue)
                problems.Add(new Problem("--port", $"{Port} is no port: give a number from 0 (any free one) to "
                    + $"{ushort.MaxValue}"));
            if (!IPAddress.TryParse(Listen, out _))
                problems.Add(new Problem("--listen", $"'{Listen}' is no IP address: 127.0.0.1 is this machine alone, "
                    + "0.0.0.0 every network that it is in"));
            if (problems.Count > 0) throw new InputException(problems);
        }
    }

    private static async Task<int> RunAsync(
        Screen screen, LabHome home, string place, PageAddress address, NodeRequest? node,
        CancellationToken stop)
    {
        address.Require();
        home = node?.ApplyTo(home) ?? home;
        LabHome.RequireWritable(LabHome.Variable, home.State);
        // A node that cannot be is told before the page says where it is.
        (string Name, IReadOnlyList<NodeDevice> Devices)? found = node is null ? null
            : await NodeCommand.RequireAsync(home, node, stop);
        var token = AccessToken.Find(home);
        var self = node is null ? null : LocalProcesses.Current;
        using var page = DashboardProcess.Start(screen, home,
            new { Ledger = place, address.Port, address.Listen, Token = token.Text, Node = self, home.State });
        if (await page.WaitUntilListeningAsync(token, stop) is { } refused) return refused;
        if (node is null || found is null) return await page.WaitForExitAsync(stop);

        // The page and the runs do not need each other: a page that fails is started again, and costs no run.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var shown = page.KeepRunningAsync(token, end.Token);
        try
        {
            await NodeCommand.ServeAsync(screen, home, place, node, found.Value, stop);
            return CliHost.Success;
        }
        finally
        {
            await end.CancelAsync();
            await shown;
        }
    }
}
