using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary><c>lab retry SWEEP [RUN]</c>: failed, quarantined and cancelled runs wait for another try.</summary>
internal static class RetryCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "retry", "Let the failed, quarantined and cancelled runs of a sweep run again", home, (ledger, sweep, run) =>
        {
            var runs = ledger.Retry(sweep, run);
            screen.Out.WriteLine(runs.Count == 0
                ? $"Nothing to retry in {sweep}: no run has failed, was quarantined or cancelled."
                : $"{runs.Count} of {sweep} will be tried again by a node, or the next '{CommandName.AsInvoked} run': "
                    + $"{string.Join(' ', runs)}");
        });
}

/// <summary>
/// <c>lab cancel SWEEP [RUN]</c>: runs that have not ended will not be run; a running one is stopped, on whatever node.
/// </summary>
internal static class CancelCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "cancel", "Cancel the runs of a sweep that have not ended; running ones are stopped, on whatever node", home,
        (ledger, sweep, run) =>
        {
            var runs = ledger.Cancel(sweep, run);
            screen.Out.WriteLine(runs.Count == 0
                ? $"Nothing to cancel in {sweep}: every run has ended."
                : $"{runs.Count} of {sweep} cancelled: {string.Join(' ', runs)}. '{CommandName.AsInvoked} retry "
                    + $"{sweep}' takes it back.");
        });
}

/// <summary><c>lab pause SWEEP</c>: what runs goes on to its end, nothing more is started.</summary>
internal static class PauseCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "pause", "Start no more runs of a sweep; those that run go on to their end", home, (ledger, sweep) =>
        {
            ledger.Pause(sweep);
            screen.Out.WriteLine($"{sweep} is paused: '{CommandName.AsInvoked} resume {sweep}' lets it go on.");
        });
}

/// <summary><c>lab resume [SWEEP] [--node NAME]</c>: takes a pause or a yield back.</summary>
internal static class ResumeCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var sweep = new Argument<string?>("SWEEP")
        {
            Description = "Takes its pause and its yield back; every yield unless given",
                Arity = ArgumentArity.ZeroOrOne,
        };
        var node = new Option<string?>("--node") { Description = "Takes the yield of one node back" };
        var place = LedgerOption.Create();
        var command =
            new Command("resume", "Let a paused sweep, or devices that were yielded, go on") { sweep, node, place };
        command.SetAction(parsed =>
        {
            var (name, on) = (parsed.GetValue(sweep), parsed.GetValue(node));
            using var ledger = ExistingLedger.Open(LedgerPlace.Find(parsed.GetValue(place), home));
            ExistingLedger.Require(ledger, name, on);
            ledger.Resume(name, on);
            screen.Out.WriteLine((name, on) switch
            {
                (null, null) => "Every yield is taken back: what was asked to stop may go on.",
                (null, _) => $"{on} may go on.",
                _ => $"{name} may go on: a node, or '{CommandName.AsInvoked} run' with its grid, trains what is left.",
            });
            return CliHost.Success;
        });
        return command;
    }
}

/// <summary><c>lab yield [SWEEP] [--node NAME] [--until T | --for D]</c>: somebody needs the devices.</summary>
internal static class YieldCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var sweep =
            new Argument<string?>("SWEEP")
            { Description = "Only this sweep stops; everything unless given", Arity = ArgumentArity.ZeroOrOne };
        var node = new Option<string?>("--node") { Description = "Only this node's devices" };
        var until =
            new Option<string?>("--until")
            { Description = "When they are free again, e.g. 20:00; until 'lab resume' unless given" };
        var duration = new Option<string?>("--for") { Description = "For how long instead, e.g. 90m or 4h" };
        var place = LedgerOption.Create();
        var command =
            new Command("yield",
                "Ask for the devices: workers checkpoint and stop within 30 s, and go on from there later")
        {
            sweep, node, until, duration, place,
        };
        command.SetAction(parsed =>
        {
            var (name, on) = (parsed.GetValue(sweep), parsed.GetValue(node));
            if (name is not null && on is not null)
                throw new InputException("--node", "a sweep yields everywhere, a node everything: give one of the two");
            using var ledger = ExistingLedger.Open(LedgerPlace.Find(parsed.GetValue(place), home));
            ExistingLedger.Require(ledger, name, on);
            var end = End(ledger.Now, parsed.GetValue(until), parsed.GetValue(duration));
            ledger.Yield(name, on, end);
            screen.Out.WriteLine($"{name ?? on ?? "Everything"} yields "
                + $"{ScheduleFormat.YieldEnd(end ?? Ledger.UntilResumed)}: "
                + $"workers checkpoint and stop within 30 s, uncharged. '{Resume(name, on)}' lets them go on sooner.");
            return CliHost.Success;
        });
        return command;
    }

    private static DateTimeOffset? End(DateTimeOffset now, string? until, string? duration) => (until, duration) switch
    {
        (null, null) => null,
        ({ } text, null) => TimeParser.ParseMoment(text, now, TimeZoneInfo.Local, "--until"),
        (null, { } text) => now + TimeParser.ParseDuration(text, "--for"),
        _ => throw new InputException("--for", "says when, and so does --until: give one of the two"),
    };

    private static string Resume(string? sweep, string? node) =>
        "lab resume" + (sweep is null ? "" : $" {sweep}") + (node is null ? "" : $" --node {node}");
}

/// <summary>What commands on a sweep, or one of its runs, have in common.</summary>
internal static class SweepCommand
{
    public static Command Create(string name, string description, LabHome home, Action<Ledger, string, RunId?> act)
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep's name" };
        var run =
            new Argument<string?>("RUN") { Description = "One of its runs, by id", Arity = ArgumentArity.ZeroOrOne };
        var place = LedgerOption.Create();
        var command = new Command(name, description) { sweep, run, place };
        command.SetAction(parsed =>
            Run(LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(sweep), parsed.GetValue(run),
                act));
        return command;
    }

    public static Command Create(string name, string description, LabHome home, Action<Ledger, string> act)
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep's name" };
        var place = LedgerOption.Create();
        var command = new Command(name, description) { sweep, place };
        command.SetAction(parsed => Run(
            LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(sweep), null,
            (ledger, known, _) => act(ledger, known)));
        return command;
    }

    private static int Run(string place, string sweep, string? run, Action<Ledger, string, RunId?> act)
    {
        using var ledger = ExistingLedger.Open(place);
        ExistingLedger.Require(ledger, sweep, null);
        if (run is not null && !ledger.Records(sweep, withPoints: false).Any(r => r.Cell.Spec.Id.Value == run))
            throw new InputException("RUN", $"the sweep {sweep} has no run '{run}'; "
                + $"results/{sweep}/runs.csv lists them");
        act(ledger, sweep, run is null ? null : new RunId(run));
        return CliHost.Success;
    }
}
