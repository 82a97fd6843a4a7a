using System.CommandLine;
using ScalingLab.Cli;
using ScalingLab.Cli.Chaos;

var screen = Screen.OfProcess();
var home = LabHome.Find();
var lab = new RootCommand("ScalingLab: a grid of models in, the compute-optimal frontier out; every run trained for real.")
{
    PlanCommand.Create(screen, home),
    RunCommand.Create(screen, home),
    QueueCommand.Create(screen, home),
    StatusCommand.Create(screen, home),
    ServeCommand.Create(screen, home),
    NodeCommand.Create(screen, home),
    AttemptCommand.Create(screen),
    YieldCommand.Create(screen, home),
    PauseCommand.Create(screen, home),
    ResumeCommand.Create(screen, home),
    RetryCommand.Create(screen, home),
    CancelCommand.Create(screen, home),
    ReportCommand.Create(screen),
    FitCommand.Create(screen),
    EvalCommand.Create(screen, home),
    SampleCommand.Create(screen, home),
    BenchCommand.Create(screen, home),
    ChaosCommand.Create(screen, home),
    BundleCommand.Create(screen, home),
    DoctorCommand.Create(screen, home),
};
return await Door.EnterAsync(screen, home, lab, args);
