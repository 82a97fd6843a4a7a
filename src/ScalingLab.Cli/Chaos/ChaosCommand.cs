using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using ScalingLab.Cli.Benchmarks;
using ScalingLab.Cli.Chaos.Trials;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Formatting;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using Spectre.Console;

namespace ScalingLab.Cli.Chaos;

/// <summary><c>lab chaos</c>: injects every fault for real and says what held.</summary>
internal static class ChaosCommand
{
    private const string InRepository = "docs/faults.md";

    /// <summary>What was asked for.</summary>
    /// <param name="Rows">The faults.</param>
    /// <param name="Trials">How often each is injected; null is as often as the table says.</param>
    /// <param name="Quick">Each once on sweeps of few runs.</param>
    /// <param name="Seed">Decides the moments.</param>
    /// <param name="OutFile">The document; null is that of the repository when all trials are made, else none.</param>
    private sealed record Request(
        IReadOnlyList<ChaosFault> Rows, int? Trials, bool Quick, int Seed, string? OutFile);

    public static Command Create(Screen screen, LabHome home)
    {
        var names = string.Join(", ", ChaosFaults.Rows.Select(r => r.Name));
        var rows =
            new Argument<string[]>("ROW")
            { Description = $"Which faults, all unless given: {names}", Arity = ArgumentArity.ZeroOrMore };
        var trials =
            RunOptions.PositiveInteger("--trials", "How often each fault is injected; as often as the table says "
                + "unless given");
        var quick =
            new Option<bool>("--quick") { Description = "Each fault once on sweeps of few runs, outages of seconds" };
        var seed = new Option<int?>("--seed") { Description = "Decides the moments; printed, chosen unless given" };
        var outFile =
            new Option<string?>("--out")
            { Description = $"The document to write each row into; {InRepository} when all trials are made" };
        var engine = EngineOption.Create();
        var command =
            new Command("chaos", "Break things on purpose: hosts, workers, disks, clocks, databases; say what held") {
            rows, trials, quick, seed, engine, outFile,
        };
        command.SetAction((parsed, stop) => RunAsync(
            screen,
            home.WithEngine(parsed, engine),
            new Request(
                Chosen(parsed.GetValue(rows) ?? []), parsed.GetValue(trials), parsed.GetValue(quick),
                parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000), parsed.GetValue(outFile)),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(Screen screen, LabHome home, Request request, CancellationToken stop)
    {
        var (quick, seed, outFile) = (request.Quick, request.Seed, request.OutFile);
        if (!OperatingSystem.IsLinux())
            throw new InputException("chaos", "looks into /proc and sends signals: it runs on Linux");
        if (!quick && request.Trials is null) outFile ??= Path.Combine(home.Root, InRepository);
        if (outFile is not null) LabHome.RequireWritable("--out", Path.GetDirectoryName(Path.GetFullPath(outFile))!);
        WorkerPrograms.Find(home);
        screen.Error.WriteLine($"lab: seed {seed}; the same again: {CommandName.AsInvoked} chaos --seed {seed}");
        var pace = new ChaosSettings(quick, seed, await SpeedAsync(home, stop));
        screen.Error.WriteLine(
            FormattableString.Invariant(
                $"lab: a worker trains {ChaosSweep.Small} at {pace.TokensPerSecond:0} tokens/s here just now"));
        var document = new FaultsDocument(seed, quick);
        foreach (var row in request.Rows)
        {
            var start = Stopwatch.GetTimestamp();
            screen.Error.WriteLine($"lab: {row.Name}: {row.Fault}");
            var outcome = await OneAsync(screen, home, row, request.Trials ?? (quick ? 1 : row.Trials), pace, stop);
            document.Add(row, outcome, Stopwatch.GetElapsedTime(start));
            screen.Error.WriteLine($"lab: {row.Name}: {FaultsDocument.Word(outcome)}: {outcome.Seen}");
            if (outFile is not null) await WriteAsync(outFile, document, stop);
        }
        screen.Console.Write(document.Table(screen.IsTerminal ? TableBorder.Rounded : TableBorder.Ascii));
        return document.Held ? CliHost.Success : CliHost.Failure;
    }

    private static async Task WriteAsync(string file, FaultsDocument document, CancellationToken stop) =>
        await File.WriteAllTextAsync(file,
            document.Markdown(File.Exists(file) ? await File.ReadAllTextAsync(file, stop) : null), stop);

    // Runs are to last some seconds, on a fast machine and on a busy one.
    public static async Task<double> SpeedAsync(LabHome home, CancellationToken stop)
    {
        var shape = ModelPresets.Find(ChaosSweep.Small)!.Shape(256);
        var settings = new WorkerSettings { DataFolder = "", CheckpointFolder = "" };
        var spec = new BenchCase(ChaosSweep.Small, shape, 16).Spec(Precision.Fp32, 50);
        return (await BenchCommand.TimeAsync(home, ChaosSweep.Small, spec, settings, "--bench", stop)).TokensPerSecond;
    }

    /// <summary>Goes through one row; whatever stops it short is its outcome.</summary>
    public static async Task<ChaosOutcome> OneAsync(
        Screen screen, LabHome home, ChaosFault row, int count, ChaosSettings pace, CancellationToken stop)
    {
        using var trials = new TrialContext(screen, home, count, pace.Quick ? pace.QuickRuns : row.Runs, pace, stop);
        try
        {
            return await row.InjectAsync(trials);
        }
        catch (Exception e)
            when (e is ChaosException or DbException or InputException or IOException or InvalidOperationException)
        {
            return new ChaosOutcome(false, count, $"**broken:** {e.Message.ReplaceLineEndings(" / ")}");
        }
    }

    private static List<ChaosFault> Chosen(string[] names)
    {
        var problems = names.Where(n => ChaosFaults.Rows.All(r => r.Name != n))
            .Select(n => new Problem("ROW", $"'{n}' is no fault that is known (known: "
                + $"{string.Join(", ", ChaosFaults.Rows.Select(r => r.Name))})")).ToList();
        if (problems.Count > 0) throw new InputException(problems);
        return [.. ChaosFaults.Rows.Where(r => names.Length == 0 || names.Contains(r.Name))];
    }
}
