using System.CommandLine;
using System.Globalization;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Queueing;

/// <summary>
/// <c>lab export SWEEP|--all FILE</c>: the finished runs of a ledger in one file, for <c>lab import</c> elsewhere.
/// </summary>
internal static class ExportCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var names = new Argument<string[]>("SWEEP FILE")
        {
            Description = "The sweep and the file, e.g. runs.jsonl.gz; with --all the file alone, with "
                + "--tensorboard the sweep alone",
            Arity = new ArgumentArity(1, 2),
        };
        var all = new Option<bool>("--all") { Description = "Every finished run of the ledger, whatever its sweep" };
        var tensorBoard = new Option<string?>("--tensorboard")
        {
            Description = "Folder that the curves of the sweep's runs go into instead, ended or not, as event "
                + "files for TensorBoard",
        };
        var place = LedgerOption.Create();
        var command =
            new Command("export",
                "Write the finished runs of a sweep, with results and curves, into one file for 'lab import'")
        {
            names, all, tensorBoard, place,
        };
        command.SetAction((parsed, stop) =>
        {
            var (ledger, given) = (LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(names));
            var isAll = parsed.GetValue(all);
            if (parsed.GetValue(tensorBoard) is not { } folder) return RunAsync(screen, ledger, given, isAll, stop);
            if (isAll || given is not [var sweep])
                throw new InputException(
                    "--tensorboard", "is the curves of one sweep: 'lab export SWEEP --tensorboard DIR'");
            return TensorBoardExport.RunAsync(screen, ledger, sweep, folder, stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, string place, string[] names, bool all,
        CancellationToken stop)
    {
        if (all && names is not [_]) throw new InputException("--all", "is every sweep: give the file alone");
        if (!all && names is not [_, _])
            throw new InputException("FILE", $"is missing: 'lab export {names[0]} FILE' writes that sweep, "
                + $"'lab export --all {names[0]}' every sweep into {names[0]}");
        var (sweep, file) = (all ? null : names[0], names[^1]);
        using var ledger = ExistingLedger.Open(place);
        ExistingLedger.Require(ledger, sweep, null);

        // What no ledger would take is not written: another version of the program names these runs otherwise.
        var finished =
            (await LongOperation.RunAsync(screen, "reading the ledger", _ => ledger.Finished(sweep), stop)).ToLookup(
                r => !r.Problems().Any());
        var runs = finished[true].ToList();
        foreach (var other in finished[false])
            screen.Error.WriteLine($"lab: {other.Run} is left out: {other.Problems().First().Problem}");
        if (runs.Count == 0)
            throw new InputException(sweep is null ? "--all" : "SWEEP",
                $"no run {(sweep is null ? "here" : $"of {sweep}")} is finished yet");
        RequireNothingLost(file, runs);
        await LongOperation.RunAsync(screen, $"writing {file}", _ =>
        {
            RunsFile.Write(file, runs, stop);
            return runs.Count;
        }, stop);
        var megabytes = string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length / 1e6:0.0##}");
        screen.Out.WriteLine($"{file}: {Quantity.Count(runs.Count, "finished run")}, {megabytes} MB. 'lab import "
            + $"{file}' elsewhere puts them in.");
        return finished[false].Any() ? CliHost.Failure : CliHost.Success;
    }

    // A file that another machine wrote holds runs that exist nowhere else, perhaps.
    private static void RequireNothingLost(string file, List<FinishedRun> runs)
    {
        if (!File.Exists(file)) return;
        var lost = RunsFile.Read(file).Select(r => r.Run).Except(runs.Select(r => r.Run)).Count();
        if (lost > 0)
            throw new InputException(file, $"is there, with {Quantity.Count(lost, "run")} that this export has not: 'lab import' it "
                + "first, or choose another name");
    }
}

/// <summary>
/// <c>lab import FILE...</c>: finished runs of other ledgers come into this one; sweeps that have them do not train
/// them again.
/// </summary>
internal static class ImportCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var files =
            new Argument<string[]>("FILE")
            { Description = "Files that 'lab export' wrote", Arity = ArgumentArity.OneOrMore };
        var place = LedgerOption.Create();
        var command =
            new Command("import", "Take finished runs that 'lab export' wrote elsewhere: no sweep trains them again")
            { files, place };
        command.SetAction((parsed, stop) =>
            RunAsync(screen, LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(files), stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, string place, string[] files, CancellationToken stop)
    {
        var read = await LongOperation.RunAsync(screen, "reading", work => Read(files, work, stop), stop);
        using var ledger = Ledger.Open(place);
        var refused = false;
        foreach (var (file, runs) in read)
        {
            stop.ThrowIfCancellationRequested();
            var outcome = await LongOperation.RunAsync(screen, $"importing {file}", _ => ledger.Import(runs), stop);
            refused |= outcome.Refused.Count > 0;
            screen.Out.WriteLine($"{file}: {Quantity.Count(runs.Count, "run")}: {outcome.New + outcome.Completed} came in "
                + $"({outcome.Completed} of them waited here), "
                + $"{outcome.Known} were here already, {outcome.Refused.Count} were not taken.");
            foreach (var other in outcome.Mismatches)
            {
                screen.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"lab: {other.Run} has a loss of {other.Kept} here and {other.Offered} in "
                        + $"{file}: the one here is kept."));
            }
            foreach (var (run, state) in outcome.Refused)
            {
                screen.Error.WriteLine($"lab: {run} was not taken, it is {RunLifecycle.NameOf(state)} here: "
                    + (state == RunState.Running ? "let its attempt end" : "'lab retry SWEEP' takes that back")
                    + ", then import again.");
            }
        }
        return refused ? CliHost.Failure : CliHost.Success;
    }

    /// <summary>Every file is read before any of them goes in.</summary>
    private static List<(string File, IReadOnlyList<FinishedRun> Runs)> Read(string[] files, LongOperation work,
        CancellationToken stop)
    {
        var (read, problems) = (new List<(string, IReadOnlyList<FinishedRun>)>(), new List<Problem>());
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            work.SetStage(file);
            problems.Collect(() => read.Add((file, RunsFile.Read(file))));
        }
        return problems.Count == 0 ? read : throw new InputException(problems);
    }
}
