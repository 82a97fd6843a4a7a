using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Store.Records;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ScalingLab.Cli.Views;

/// <summary>The state of a queue as tables.</summary>
internal static class StatusView
{
    private const int MostRunning = 50; // a page of a terminal; the JSON has all
    private const double ClockIsOff = 2; // seconds

    public static IRenderable Render(QueueStatus status, TableBorder border)
    {
        List<IRenderable> parts = [Sweeps(status, border)];
        if (status.Running.Count > 0) parts.Add(Running(status, border));
        if (status.Running.Count > MostRunning)
            parts.Add(new Text($"... and {status.Running.Count - MostRunning} more"));
        if (status.Nodes.Count > 0) parts.Add(Nodes(status, border));
        if (status.Deaths.Count > 0) parts.Add(Failures(status, border));
        parts.Add(new Text(TerminalText.Escape(Summary(status))));
        return new Rows(parts);
    }

    private static Table Sweeps(QueueStatus status, TableBorder border)
    {
        var states = RunLifecycle.States.Select(RunLifecycle.NameOf).ToList();
        var table = new Table().Border(border)
            .AddColumns(["sweep", "runs", .. states, "flagged", "ends about", "settings", "report"]);
        foreach (var sweep in status.Sweeps)
        {
            List<string> cells =
            [
                sweep.Name, $"{sweep.Runs}", .. states.Select(s => sweep.States[s] is var n and > 0 ? $"{n}" : ""),
                sweep.Flagged is > 0 and var flagged ? $"{flagged}" : "",
                sweep.EndsAbout is { } ends ? ScheduleFormat.ShortTime(ends, status.Now) : sweep.EndsUnknown ?? "",
                string.Join(", ", ScheduleFormat.Describe(sweep, status.Now)), Report(sweep),
            ];
            table.AddRow([.. cells.Select(TerminalText.EscapeMarkup)]);
        }
        return table;
    }

    private static string Report(SweepStatus sweep) => sweep switch
    {
        { ReportIsDue: true, ReportFailure: { } why } => $"failed: {Excerpt.FirstLine(why)}",
        { ReportIsDue: true } => "due",
        { Reported: { } at } => ScheduleFormat.LocalTime(at),
        _ => "",
    };

    private static Table Running(QueueStatus status, TableBorder border)
    {
        var table = new Table().Border(border)
            .AddColumns("running", "sweep", "model", "node", "device", "attempt", "checkpoint", "since", "tokens/s");
        foreach (var run in status.Running.Take(MostRunning))
        {
            table.AddRow([.. new[]
            {
                run.Run, run.Sweep, run.Model, $"{run.Node}{(run.LeaseIsOver ? " (silent)" : "")}", run.Device ?? "",
                    $"{run.Attempt}",
                $"{run.Checkpoint} of {run.Steps}", run.Seconds is { } seconds
                    ? Quantity.Duration(TimeSpan.FromSeconds(Math.Max(0, seconds))) : "",
                run.TokensPerSecond is { } speed ? Quantity.Compact(speed) : "",
            }.Select(TerminalText.EscapeMarkup)]);
        }
        return table;
    }

    private static Table Nodes(QueueStatus status, TableBorder border)
    {
        var table = new Table().Border(border).AddColumns("node", "state", "devices", "waits");
        foreach (var node in status.Nodes)
        {
            List<string> words =
                [node.IsThere ? "up" : $"silent for "
                    + $"{Quantity.Duration(TimeSpan.FromSeconds(Math.Max(0, node.HeardSecondsAgo)))}"];
            if (node.YieldedUntil is { } until) words.Add($"yielded {ScheduleFormat.YieldEnd(until)}");
            if (Math.Abs(node.ClockAheadSeconds) >= ClockIsOff)
                words.Add(string.Create(CultureInfo.InvariantCulture, $"its clock is off by "
                    + $"{node.ClockAheadSeconds:+0;-0} s (nothing is decided by it)"));
            table.AddRow(
                [.. new[] { node.Name, string.Join(", ", words), string.Join("; ", node.Devices.Select(Device)),
                string.Join("; ", node.Waits.Select(w => $"{w.Runs} of "
                    + $"{w.Sweep}: {w.Why}")) }.Select(TerminalText.EscapeMarkup)]);
        }
        return table;
    }

    private static string Device(NodeDevice device) =>
        $"{device.Name}{(device.Model is { } model ? $" {model}" : "")}, {device.Slots} at a time"
        + (device.MemoryBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $", {bytes / 1e9:F0} GB")
            : "");

    private static Table Failures(QueueStatus status, TableBorder border)
    {
        var table = new Table().Border(border)
            .AddColumns("died of", "sweep", "attempts", "runs ended", "last: run, node, words");
        foreach (var death in status.Deaths)
        {
            table.AddRow([.. new[]
            {
                EnumNames.ToName(death.Kind), death.Sweep, $"{death.Attempts}", death.RunsEnded > 0
                    ? $"{death.RunsEnded}" : "",
                $"{death.LastRun}, {death.LastNode}: {Excerpt.FirstLine(death.LastMessage ?? "")}",
            }.Select(TerminalText.EscapeMarkup)]);
        }
        return table;
    }

    private static string Summary(QueueStatus status)
    {
        var left = status.Sweeps.Sum(s => s.States["pending"] + s.States["running"]);
        var there = status.Nodes.Count(n => n.IsThere);
        return $"{status.Ledger}: {left} runs to train, {status.Running.Count} running, "
            + $"{(there == 1 ? "1 node" : $"{there} nodes")}."
            + (left > 0 && there == 0 ? " No node is there: 'lab serve' or 'lab node' is one." : "");
    }
}
