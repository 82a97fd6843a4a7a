using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Execution;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Monitoring;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Preparation;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Commands.Grids;

/// <summary><c>lab queue GRID</c>: prepares the text and puts the sweep into the queue; nodes train it.</summary>
internal static class QueueCommand
{
    private const string UpdateHint =
        "--update replaces its cells and uses finished runs again; name=OTHER queues it beside";

    public static Command Create(Screen screen, LabHome home)
    {
        var grid = new GridOptionSet();
        var times = new TimeOptionSet();
        var priority = new Option<int?>("--priority") { Description = "Higher first; 0 unless given" };
        var device =
            new Option<string?>("--device")
            { Description = "cpu or cuda: only devices of that class; none takes it back" };
        var folder = RunOptions.ResultsOption();
        var update =
            new Option<bool>("--update")
            { Description = "Replace the cells of a sweep of the same name; finished runs are used again" };
        var ledger = LedgerOption.Create();
        var command = new Command("queue", "Put a grid into the queue and return: 'lab serve' and 'lab node' train it")
        {
            priority, device, folder, update, ledger,
        };
        grid.AddTo(command);
        times.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            screen, home, LedgerPlace.Find(parsed.GetValue(ledger), home),
            new Request(
                grid.Bind(parsed), times.Bind(parsed), parsed.GetValue(priority), parsed.GetValue(device),
                parsed.GetValue(folder),
                parsed.GetValue(update)),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, string place, Request request,
        CancellationToken stop)
    {
        // What was typed is checked before the text is prepared, which may take minutes.
        var problems = new List<Problem>();
        var now = TimeProvider.System.GetUtcNow();
        var change = request.Changes(now, problems);
        if (problems.Count == 0 && request.Times.IsGiven
            && DeadlineCheck.For(change(new SweepSettings()), TimeEstimate.Unknown, 1, now).Impossible is { } never)
            problems.Add(never);
        if (problems.Count > 0)
        {
            problems.Collect(() => request.Grid.Read());
            throw new InputException(problems);
        }
        var prepared = await GridPreparation.PrepareAsync(screen, home, request.Grid, stop);
        var name = prepared.Sweep.Name;
        using var ledger = Ledger.Open(place);
        var standing = ledger.Settings(name);
        var folder = Path.GetFullPath(request.Out ?? standing?.ResultsFolder ?? home.Results(name));
        LabHome.RequireWritable(request.Out is null ? "results" : "--out", folder);
        var settings = change(standing ?? new SweepSettings());
        if (request.Times.IsGiven) CheckDeadline(screen, ledger, prepared.Sweep, settings);
        Put(ledger, prepared.Sweep, SweepPreparation.ApplyTo(ledger, settings, prepared, request.Grid, folder),
            request.Update);
        PrintQueued(screen, ledger, name);
        return CliHost.Success;
    }

    /// <summary>Puts a sweep into the ledger with its settings.</summary>
    /// <exception cref="InputException">The name stands with other cells and they are not to be replaced.</exception>
    public static void Put(Ledger ledger, Sweep sweep, SweepSettings settings, bool update)
    {
        try
        {
            ledger.PutSweep(sweep, settings, update);
        }
        catch (InputException e) when (!update)
        {
            throw new InputException([.. e.Problems.Select(p => p with { Text = $"{p.Text} ({UpdateHint})" })]);
        }
    }

    /// <exception cref="InputException">Nothing could be started by the deadline.</exception>
    private static void CheckDeadline(Screen screen, Ledger ledger, Sweep sweep, SweepSettings settings)
    {
        var now = ledger.Now;
        var offered = ledger.Nodes().Where(n => n.LeaseUntil > now).SelectMany(n => n.Node.Devices)
            .Where(d => settings.Device is null || d.Class == settings.Device).Sum(d => d.Slots);
        var slots = offered > 0 ? offered : (settings.Device ?? "cpu") == "cpu" ? Environment.ProcessorCount
            : DeviceSelection.GpuSlots;
        var foresight =
            DeadlineCheck.For(settings, TimeEstimate.For(sweep, TimeBasis.Read(ledger), slots, settings.Gpus ?? 1),
                slots, now);
        if (foresight.Impossible is { } problem) throw new InputException([problem]);
        if (foresight.Advice is { } advice) screen.Error.WriteLine($"lab: {advice}");
    }

    private static void PrintQueued(Screen screen, Ledger ledger, string name)
    {
        var (now, summary) = (ledger.Now, ledger.Find(name)!);
        var left = summary.In(RunState.Pending) + summary.In(RunState.Running);
        var nodes = ledger.Nodes().Where(n => n.LeaseUntil > now).ToList();
        List<string> words = [$"{left} of {summary.Total} runs to train"];
        words.AddRange(ScheduleFormat.Describe(SweepStatus.From(summary), now));
        screen.Out.WriteLine($"{name}: queued, {string.Join(", ", words)}; results go to "
            + $"{LabHome.DisplayPath(ledger.Settings(name)!.ResultsFolder!)}");
        if (left > 0 && nodes.Count == 0)
            screen.Out.WriteLine("No node is there to train it: 'lab serve' is one, and shows it; 'lab node' is one "
                + "without a page.");
        else if (left > 0)
            screen.Out.WriteLine($"Nodes: {string.Join(", ", nodes.Select(n => n.Node.Name))}. 'lab status --watch' "
                + "shows how it goes.");
    }

    /// <summary>What was asked for; null leaves what stands.</summary>
    private sealed record Request(GridRequest Grid, QueueTimes Times, int? Priority, string? Device, string? Out,
        bool Update)
    {
        /// <summary>What it changes in a sweep's settings.</summary>
        public Func<SweepSettings, SweepSettings> Changes(DateTimeOffset now, List<Problem> problems)
        {
            var times = Times.ToSettingsChange(now, problems);
            if (Device is not (null or QueueTimes.None or "cpu" or "cuda"))
                problems.Add(new Problem("--device", $"is '{Device}'; cpu, cuda or none is expected: a class of "
                    + "devices, not one of them"));
            return standing => times(standing) with
            {
                Priority = Priority ?? standing.Priority,
                Device = Device is null ? standing.Device : Device == QueueTimes.None ? null : Device,
            };
        }
    }
}
