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
(string Name, Func<Command> Create)[] commands =
[
    ("init", () => InitCommand.Create(screen)),
    ("plan", () => PlanCommand.Create(screen, home)),
    ("advise", () => AdviseCommand.Create(screen, home)),
    ("data", () => DataCommand.Create(screen, home)),
    ("run", () => RunCommand.Create(screen, home)),
    ("tune", () => TuneCommand.Create(screen, home)),
    ("queue", () => QueueCommand.Create(screen, home)),
    ("status", () => StatusCommand.Create(screen, home)),
    ("serve", () => ServeCommand.Create(screen, home)),
    ("node", () => NodeCommand.Create(screen, home)),
    ("attempt", () => AttemptCommand.Create(screen)),
    ("yield", () => YieldCommand.Create(screen, home)),
    ("pause", () => PauseCommand.Create(screen, home)),
    ("resume", () => ResumeCommand.Create(screen, home)),
    ("retry", () => RetryCommand.Create(screen, home)),
    ("cancel", () => CancelCommand.Create(screen, home)),
    ("export", () => ExportCommand.Create(screen, home)),
    ("import", () => ImportCommand.Create(screen, home)),
    ("report", () => ReportCommand.Create(screen)),
    ("figure", () => FigureCommand.Create(screen)),
    ("fit", () => FitCommand.Create(screen)),
    ("next", () => NextCommand.Create(screen, home)),
    ("simulate", () => SimulateCommand.Create(screen, home)),
    ("eval", () => EvalCommand.Create(screen, home)),
    ("sample", () => SampleCommand.Create(screen, home)),
    ("model", () => ModelCommand.Create(screen, home)),
    ("judge", () => JudgeCommand.Create(screen, home)),
    ("tokenizer", () => TokenizerCommand.Create(screen)),
    ("bench", () => BenchCommand.Create(screen, home)),
    ("chaos", () => ChaosCommand.Create(screen, home)),
    ("bundle", () => BundleCommand.Create(screen, home)),
    ("doctor", () => DoctorCommand.Create(screen, home)),
    ("setup", () => SetupCommand.Create(home)),
    ("test", TestCommand.Create),
    ("fuzz", FuzzCommand.Create),
];

// The options of `fit` and `bench` name every law and design there is: a quarter of `lab status` was making them. Only
// what was asked for is made.
var asked = commands.Where(c => args is [var first, ..] && c.Name == first).ToList();
var lab =
    new RootCommand("ScalingLab: a grid of models in, the compute-optimal frontier out; every run trained for real.");
foreach (var (_, create) in asked.Count > 0 ? asked : [.. commands]) lab.Add(create());
return await CliHost.RunAsync(screen, home, lab, args);
