using System.CommandLine;
using ScalingLab.Runs;
using ScalingLab.Store;

namespace ScalingLab.Cli;

/// <summary><c>lab retry SWEEP [RUN]</c>: failed, quarantined and cancelled runs wait for another try.</summary>
internal static class RetryCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "retry", "Let the failed, quarantined and cancelled runs of a sweep run again", home, (ledger, sweep, run) =>
        {
            var runs = ledger.Retry(sweep, run);
            screen.Out.WriteLine(runs.Count == 0
                ? $"Nothing to retry in {sweep}: no run has failed, was quarantined or cancelled."
                : $"{runs.Count} of {sweep} will be tried again by the next './lab run': {string.Join(' ', runs)}");
        });
}

/// <summary><c>lab cancel SWEEP [RUN]</c>: runs that have not ended will not be run; a running one is stopped.</summary>
internal static class CancelCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "cancel", "Cancel the runs of a sweep that have not ended", home, (ledger, sweep, run) =>
        {
            var runs = ledger.Cancel(sweep, run);
            screen.Out.WriteLine(runs.Count == 0
                ? $"Nothing to cancel in {sweep}: every run has ended."
                : $"{runs.Count} of {sweep} cancelled: {string.Join(' ', runs)}. './lab retry {sweep}' takes it back.");
        });
}

/// <summary><c>lab pause SWEEP</c>: what runs goes on to its end, nothing more is started.</summary>
internal static class PauseCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "pause", "Start no more runs of a sweep; those that run go on to their end", home, (ledger, sweep) =>
        {
            ledger.Pause(sweep);
            screen.Out.WriteLine($"{sweep} is paused: './lab resume {sweep}' lets it go on.");
        });
}

/// <summary><c>lab resume SWEEP</c>: takes a pause back.</summary>
internal static class ResumeCommand
{
    public static Command Create(Screen screen, LabHome home) => SweepCommand.Create(
        "resume", "Let a paused sweep go on", home, (ledger, sweep) =>
        {
            ledger.Resume(sweep);
            screen.Out.WriteLine($"{sweep} may go on: './lab run' with its grid trains what is left.");
        });
}

/// <summary>What commands on a sweep, or one of its runs, have in common.</summary>
internal static class SweepCommand
{
    public static Command Create(string name, string description, LabHome home, Action<Ledger, string, RunId?> act)
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep's name" };
        var run = new Argument<string?>("RUN") { Description = "One of its runs, by id", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(name, description) { sweep, run };
        command.SetAction(parsed => Run(home, parsed.GetRequiredValue(sweep), parsed.GetValue(run), act));
        return command;
    }

    public static Command Create(string name, string description, LabHome home, Action<Ledger, string> act)
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep's name" };
        var command = new Command(name, description) { sweep };
        command.SetAction(parsed => Run(home, parsed.GetRequiredValue(sweep), null, (ledger, known, _) => act(ledger, known)));
        return command;
    }

    private static int Run(LabHome home, string sweep, string? run, Action<Ledger, string, RunId?> act)
    {
        if (!File.Exists(home.LedgerFile)) throw new InputException("SWEEP", $"there is no ledger in {home.State} yet: './lab run GRID' makes it");
        using var ledger = Ledger.OpenSqlite(home.LedgerFile);
        if (ledger.Find(sweep) is null)
        {
            var known = string.Join(", ", ledger.Sweeps().Select(s => s.Name));
            throw new InputException("SWEEP", $"no sweep is called '{sweep}' (known: {(known.Length > 0 ? known : "none yet")})");
        }

        if (run is not null && !ledger.Records(sweep, withPoints: false).Any(r => r.Cell.Spec.Id.Value == run))
            throw new InputException("RUN", $"the sweep {sweep} has no run '{run}'; results/{sweep}/runs.csv lists them");
        act(ledger, sweep, run is null ? null : new RunId(run));
        return Door.Done;
    }
}
