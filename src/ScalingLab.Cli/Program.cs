using System.CommandLine;
using ScalingLab.Cli.Benchmarks;
using ScalingLab.Cli.Bundles;
using ScalingLab.Cli.Chaos;
using ScalingLab.Cli.Commands.Advice;
using ScalingLab.Cli.Commands.Data;
using ScalingLab.Cli.Commands.Designs;
using ScalingLab.Cli.Commands.Documents;
using ScalingLab.Cli.Commands.Fits;
using ScalingLab.Cli.Commands.Grids;
using ScalingLab.Cli.Commands.Maintenance;
using ScalingLab.Cli.Commands.Models;
using ScalingLab.Cli.Commands.Models.Evaluations;
using ScalingLab.Cli.Commands.Models.Exchange;
using ScalingLab.Cli.Commands.Queueing;
using ScalingLab.Cli.Commands.Simulations;
using ScalingLab.Cli.Commands.Tokenizers;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Lab.Programs;

var screen = Screen.ForProcess();
var home = LabHome.Find();
CommandEntry[] commands =
[
    new("init", () => InitCommand.Create(screen)),
    new("plan", () => PlanCommand.Create(screen, home)),
    new("advise", () => AdviseCommand.Create(screen, home)),
    new("data", () => DataCommand.Create(screen, home)),
    new("run", () => RunCommand.Create(screen, home)),
    new("tune", () => TuneCommand.Create(screen, home)),
    new("queue", () => QueueCommand.Create(screen, home)),
    new("status", () => StatusCommand.Create(screen, home)),
    new("serve", () => ServeCommand.Create(screen, home)),
    new("node", () => NodeCommand.Create(screen, home)),
    new("attempt", () => AttemptCommand.Create(screen)),
    new("yield", () => YieldCommand.Create(screen, home)),
    new("pause", () => PauseCommand.Create(screen, home)),
    new("resume", () => ResumeCommand.Create(screen, home)),
    new("retry", () => RetryCommand.Create(screen, home)),
    new("cancel", () => CancelCommand.Create(screen, home)),
    new("export", () => ExportCommand.Create(screen, home)),
    new("import", () => ImportCommand.Create(screen, home)),
    new("report", () => ReportCommand.Create(screen)),
    new("figure", () => FigureCommand.Create(screen)),
    new("fit", () => FitCommand.Create(screen)),
    new("next", () => NextCommand.Create(screen, home)),
    new("simulate", () => SimulateCommand.Create(screen, home)),
    new("eval", () => EvalCommand.Create(screen, home)),
    new("sample", () => SampleCommand.Create(screen, home)),
    new("model", () => ModelCommand.Create(screen, home)),
    new("judge", () => JudgeCommand.Create(screen, home)),
    new("tokenizer", () => TokenizerCommand.Create(screen)),
    new("bench", () => BenchCommand.Create(screen, home)),
    new("chaos", () => ChaosCommand.Create(screen, home)),
    new("bundle", () => BundleCommand.Create(screen, home)),
    new("doctor", () => DoctorCommand.Create(screen, home)),
    new("setup", () => SetupCommand.Create(home)),
    new("test", TestCommand.Create),
    new("fuzz", FuzzCommand.Create),
];

// The options of `fit` and `bench` name every law and design there is: a quarter of `lab status` was making them. Only
// what was asked for is made.
var asked = Array.Find(commands, command => args is [var first, ..] && command.Name == first);
var lab =
    new RootCommand("ScalingLab: a grid of models in, the compute-optimal frontier out; every run trained for real.");
foreach (var command in asked is null ? commands : [asked]) lab.Add(command.Create());
return await CliHost.RunAsync(screen, home, lab, args);

/// <summary>A command by the word that stands for it.</summary>
internal sealed record CommandEntry(string Name, Func<Command> Create);
